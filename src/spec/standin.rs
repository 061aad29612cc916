//! What stands in for a key that every spec needs and a faulty one lacks, so that all its other problems are found, too.

use serde_json::{Map, Value};

use crate::id::SystemId;

/// Puts in `schema` and `targets` where they are missing from a spec; `given` is what stood at `targets`.
///
/// They say nothing that anybody could find fault with: there is one schema, and nothing can be wrong with a system that
/// nobody named.
pub(super) fn insert(spec: &mut Map<String, Value>, given: Option<&Value>) {
    spec.entry("schema").or_insert_with(|| Value::from(1));
    spec.entry("targets").or_insert_with(|| Value::Array(targets(given).into_iter().map(Value::from).collect()));
}

/// Every system. Those that are named keep their places, of which later findings may speak, and the others take the
/// places of what is no system.
fn targets(given: Option<&Value>) -> Vec<&'static str> {
    let all = || SystemId::ALL.iter().map(|it| it.key());
    let system = |value: &Value| all().find(|key| value.as_str() == Some(key));
    let given: Vec<_> = given.and_then(Value::as_array).into_iter().flatten().map(system).collect();
    let mut others = all().filter(|key| !given.contains(&Some(key))).collect::<Vec<_>>().into_iter();
    let mut targets: Vec<_> = given.iter().map_while(|it| it.or_else(|| others.next())).collect();
    targets.extend(others);
    targets
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_keeps_its_place() {
        let systems = targets(Some(&json!(["gitlba", "bitbucket", "bitbucket", 3])));
        assert_eq!(systems[..4], ["github", "bitbucket", "bitbucket", "gitlab"]);
        assert!(SystemId::ALL.iter().all(|it| systems.contains(&it.key())), "{systems:?}");
        assert_eq!(systems.len(), SystemId::ALL.len() + 1);
    }

    #[test]
    fn nothing_is_named_twice_that_was_not() {
        for given in [None, Some(json!("gitlba")), Some(json!({})), Some(json!(vec!["x"; 20]))] {
            assert_eq!(targets(given.as_ref()).len(), SystemId::ALL.len(), "{given:?}");
        }
    }
}
