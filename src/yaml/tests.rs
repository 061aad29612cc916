//! Edits give what the same change of the data gives, and leave every other line alone.

use proptest::prelude::*;
use serde_json::{json, Map, Value};

use super::{Document, Edits, Fault, Mode, Place};

const TEXT: &str = r#"# Header
name: everything

"on": # ignore[x] why
  push:
    branches: [main, "release/**"]
  empty:

permissions: {}

jobs:
  # Style
  lint:
    needs: [a]
    runs-on: ubuntu-24.04 # kept
    flow:
      - { os: linux, "a: b": "1" }
    image: "alpine:3" # v1.2.3 # ignore[y]
    steps:
      - name: Check out
        uses: actions/checkout@abc # v7.0.1

      # About the next
      - name: Run
        run: |-
          set -e

          echo "a: b" # no comment
      - checkout
      - &x |-
        one
        two
      - *x

  unit:
    script: make
"#;

fn document() -> Document {
    Document::read(TEXT.to_owned()).unwrap()
}

fn path(dotted: &str) -> Vec<String> {
    dotted.split('.').map(str::to_owned).collect()
}

fn edited(change: impl FnOnce(&mut Edits<'_>) -> Result<(), Fault>) -> Result<String, Fault> {
    let document = document();
    let leads = |_: &[String], key: &str| key != "steps" && key != "jobs";
    let spaced = |_: &[String]| false;
    let mut edits = Edits::of(&document, &leads, &spaced);
    change(&mut edits)?;
    Ok(edits.apply().unwrap().into_text())
}

/// The lines that are gone, behind `-`, and those that are new, behind `+`.
fn difference(text: &str) -> String {
    let difference = similar::TextDiff::from_lines(TEXT, text);
    let changes = difference.iter_all_changes().filter(|it| it.tag() != similar::ChangeTag::Equal);
    changes
        .map(|it| format!("{}{}", if it.tag() == similar::ChangeTag::Delete { '-' } else { '+' }, it.value()))
        .collect()
}

fn set(at: &str, value: &Value) -> String {
    difference(&edited(|edits| edits.set(&path(at), value, Mode::Merge)).unwrap())
}

fn read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn everything_is_read_as_yaml_reads_it() {
    fn value(node: &super::Node) -> Value {
        match &node.kind {
            super::Kind::Null => Value::Null,
            super::Kind::Text(text) => Value::from(text.as_str()),
            super::Kind::Alias => Value::from("one\ntwo"),
            super::Kind::List(_, children) => children.iter().map(|it| value(&it.value)).collect(),
            super::Kind::Table(_, children) => {
                Value::Object(children.iter().map(|it| (it.key.clone(), value(&it.value))).collect())
            }
        }
    }
    assert_eq!(value(document().root()), read(TEXT));
}

#[test]
fn only_the_lines_that_are_meant_change() {
    assert_eq!(set("name", &json!("other")), "-name: everything\n+name: other\n");
    assert_eq!(
        set("jobs.lint.runs-on", &json!(["a", "b"])),
        "-    runs-on: ubuntu-24.04 # kept\n+    runs-on: [a, b] # kept\n"
    );
    assert_eq!(set("jobs.lint.environment", &json!("on")), "+    environment: \"on\"\n");
    assert_eq!(set("jobs.lint.env.VERSION", &json!("3.10")), "+    env:\n+      VERSION: \"3.10\"\n");
    assert_eq!(set("on.push.tags", &json!(["v*"])), "+    tags: [\"v*\"]\n");
    assert_eq!(set("on.empty.types", &json!(["x"])), "+    types: [x]\n");
    assert_eq!(
        set("permissions", &json!({ "contents": "read" })),
        "-permissions: {}\n+permissions:\n+  contents: read\n"
    );
    assert_eq!(set("run-name", &json!("x")), "+run-name: x\n+\n");
    assert_eq!(
        set("jobs.lint.flow.0.python", &json!("3.10")),
        "-      - { os: linux, \"a: b\": \"1\" }\n+      - { os: linux, \"a: b\": \"1\", python: \"3.10\" }\n"
    );
    assert_eq!(
        set("jobs.lint.steps.1.run", &json!("one\ntwo")),
        "-          set -e\n-\n-          echo \"a: b\" # no comment\n+          one\n+          two\n"
    );
    assert_eq!(
        set("jobs.lint.steps.2.checkout", &json!({ "path": "src" })),
        "-      - checkout\n+      - checkout:\n+          path: src\n"
    );
}

#[test]
fn comments_stay_but_for_versions_of_what_was_replaced() {
    assert_eq!(
        set("jobs.lint.steps.0.uses", &json!("a/b@v1")),
        "-        uses: actions/checkout@abc # v7.0.1\n+        uses: a/b@v1\n"
    );
    assert_eq!(
        set("jobs.lint.image", &json!("debian")),
        "-    image: \"alpine:3\" # v1.2.3 # ignore[y]\n+    image: debian # ignore[y]\n"
    );
    assert_eq!(set("on", &json!({ "push": { "branches": ["x"] } })).lines().count(), 2);
    let replaced = difference(&edited(|edits| edits.set(&path("on"), &json!("push"), Mode::Replace)).unwrap());
    assert!(replaced.contains("+\"on\": push # ignore[x] why\n"), "{replaced}");
}

#[test]
fn lists_grow_where_they_are() {
    let append = |at: &str, values: &[Value]| difference(&edited(|edits| edits.append(&path(at), values)).unwrap());
    assert_eq!(append("jobs.lint.needs", &[json!("b"), json!("3")]), "-    needs: [a]\n+    needs: [a, b, \"3\"]\n");
    assert_eq!(
        append("jobs.lint.needs", &[json!({ "job": "b" })]),
        "-    needs: [a]\n+    needs:\n+      - a\n+      - job: b\n"
    );
    assert_eq!(
        append("jobs.unit.script", &[json!("x")]),
        "-    script: make\n+    script:\n+      - make\n+      - x\n"
    );
    assert_eq!(append("jobs.lint.steps", &[json!("x")]), "+      - x\n");
}

#[test]
fn elements_go_beside_others() {
    let insert = |at: &str, index: usize, place: Place, value: Value| {
        difference(&edited(|edits| edits.insert(&path(at), index, place, &[value])).unwrap())
    };
    let step = json!({ "name": "Warm up", "run": "a\nb" });
    let lines = "+      - name: Warm up\n+        run: |-\n+          a\n+          b\n";
    assert_eq!(insert("jobs.lint.steps", 0, Place::Before, step.clone()), lines);
    assert_eq!(insert("jobs.lint.steps", 4, Place::After, step.clone()), lines);
    let text = edited(|edits| edits.insert(&path("jobs.lint.steps"), 1, Place::Before, &[step])).unwrap();
    assert!(text.contains("          b\n      # About the next\n"), "the comment stays with its step: {text}");
    assert_eq!(
        insert("jobs.unit.script", 0, Place::Before, json!("x")),
        "-    script: make\n+    script:\n+      - x\n+      - make\n"
    );
}

#[test]
fn what_is_removed_takes_its_comment_along_and_leaves_nothing_empty() {
    let remove = |at: &str| difference(&edited(|edits| edits.remove(&path(at))).unwrap());
    assert_eq!(remove("jobs.lint.runs-on"), "-    runs-on: ubuntu-24.04 # kept\n");
    assert_eq!(remove("on.push.branches.1"), "-    branches: [main, \"release/**\"]\n+    branches: [main]\n");
    assert_eq!(
        remove("on.push.branches.0"),
        "-    branches: [main, \"release/**\"]\n+    branches: [\"release/**\"]\n"
    );
    assert_eq!(remove("jobs.unit"), "-\n-  unit:\n-    script: make\n");
    assert_eq!(remove("jobs.unit.script"), remove("jobs.unit"));
    assert_eq!(
        remove("jobs.lint.steps.1"),
        "-      # About the next\n-      - name: Run\n-        run: |-\n-          set -e\n-\n-          echo \"a: b\" # no comment\n"
    );
    assert_eq!(remove("jobs.lint.steps.1.name"), "-      - name: Run\n-        run: |-\n+      - run: |-\n");
}

#[test]
fn what_is_not_there_is_said() {
    let fault = |change: &dyn Fn(&mut Edits<'_>) -> Result<(), Fault>| edited(change).unwrap_err();
    let missing = fault(&|edits| edits.remove(&path("jobs.lnt")));
    assert_eq!(missing, Fault::Missing { depth: 1, known: vec!["lint".into(), "unit".into()] });
    assert_eq!(fault(&|edits| edits.append(&path("name.x"), &[])), Fault::Shape { depth: 1, found: "a text" });
    assert_eq!(fault(&|edits| edits.append(&path("on"), &[])), Fault::Shape { depth: 0, found: "a table" });
    assert_eq!(
        fault(&|edits| edits.set(&path("name.x"), &json!(1), Mode::Merge)),
        Fault::Shape { depth: 1, found: "a text" }
    );
}

#[test]
fn an_alias_keeps_its_anchor() {
    let document = document();
    let (leads, spaced) = (|_: &[String], _: &str| true, |_: &[String]| false);
    let mut edits = Edits::of(&document, &leads, &spaced);
    edits.remove(&path("jobs.lint.steps.3")).unwrap();
    let (line, message) = edits.apply().err().unwrap();
    assert_eq!((line, message.as_str()), (30, "nothing before is called `&x`"));
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let fault = Document::read("a:\n  b: 1\n  b: 2\n".to_owned()).err().unwrap();
    assert_eq!(fault, (3, "the key `b` comes twice".to_owned()));
}

/// What merging means for the data.
fn merge(into: &mut Value, value: &Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (key, value) in value {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value.clone(),
    }
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ab:#&*!|>%@`'\"{}\\[\\], \\\\\\n-]{0,12}",
        Just("on".to_owned()),
        Just("3.10".to_owned()),
        Just("0x1F".to_owned()),
        Just("- a\n b: c\n".to_owned()),
        Just("  indented\nfirst".to_owned()),
        Just("trailing \nblank\n\n".to_owned()),
        Just("é 日本".to_owned()),
    ];
    let leaf =
        prop_oneof![text.prop_map(Value::from), any::<bool>().prop_map(Value::from), (0..99).prop_map(Value::from)];
    let key = prop_oneof!["[a-c]{1,2}", Just("on".to_owned()), Just("a: b".to_owned()), Just("1".to_owned())];
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let table = prop::collection::vec((key.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            table.prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<String, Value>>())),
        ]
    })
}

proptest! {
    #[test]
    fn merging_text_is_merging_data(value in values(), at in prop::sample::select(vec![
        "name", "new", "on", "on.push", "on.empty", "permissions", "jobs.lint", "jobs.lint.needs", "jobs.lint.flow.0",
        "jobs.lint.image", "jobs.unit.script", "jobs.lint.steps.1", "jobs.lint.steps.1.run", "jobs.unit.a.b",
    ])) {
        let text = edited(|edits| edits.set(&path(at), &value, Mode::Merge)).unwrap();
        let nested = path(at).iter().rev().fold(value, |value, key| json!({ key: value }));
        let mut expected = read(TEXT);
        // Paths with numbers go through lists.
        if let Some((list, rest)) = at.split_once(".flow.").or(at.split_once(".steps.")) {
            let name = if at.contains("flow") { "flow" } else { "steps" };
            let mut pointer = format!("/{}/{name}", list.replace('.', "/"));
            for key in rest.split('.') {
                pointer.push('/');
                pointer.push_str(key);
            }
            let inner = path(at).iter().fold(&nested, |value, key| &value[key]).clone();
            merge(expected.pointer_mut(&pointer).unwrap(), &inner);
        } else {
            merge(&mut expected, &nested);
        }
        prop_assert_eq!(read(&text), expected, "{}", text);
    }
}
