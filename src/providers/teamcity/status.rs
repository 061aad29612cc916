//! The status text of the build that runs: one text, in which each status has its part.

use super::Teamcity;
use crate::{
    net::{Body, Error, Request},
    providers::{BuildStatus, State},
    report::write::text::line,
};

/// Characters of a part.
const PART: usize = 250;
/// What stands between parts.
const BETWEEN: &str = "; ";

impl Teamcity {
    /// Puts the status into the text: <https://www.jetbrains.com/help/teamcity/rest/buildapi.html>
    pub(super) async fn say(&self, id: &str, status: &BuildStatus) -> Result<(), Error> {
        let url = self.build_url(id, &["statusText"], &[]);
        let read = Request::get(url.clone(), "read the status text of the build").expects_anything();
        let answer = self.api.send(read).await?;
        let before = if answer.is_page() { String::new() } else { String::from_utf8_lossy(&answer.body).into_owned() };
        let text = put(before.trim(), status);
        let request = Request::put(url, Body::Text(text), "set the status text of the build").expects_anything();
        self.api.send(request).await.map(|_| ())
    }
}

/// `ci-gen/unit failed: 3 of 240 tests failed`, in the place of what stood there under that name.
fn put(text: &str, status: &BuildStatus) -> String {
    let name = line(&status.name, PART).replace(BETWEEN, ", ");
    let word = match status.state {
        State::Pending => "pending",
        State::Success => "passed",
        State::Failure => "failed",
        State::Error => "error",
    };
    let part = line(&format!("{name} {word}: {}", status.description), PART).replace(BETWEEN, ", ");
    let ours =
        |it: &&str| it.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(' ') && rest.contains(':'));
    let mut parts: Vec<&str> = text.split(BETWEEN).filter(|it| !it.is_empty()).collect();
    match parts.iter().position(ours) {
        Some(at) => parts[at] = &part,
        None => parts.push(&part),
    }
    parts.join(BETWEEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_part() {
        let status = |name: &str, state, description: &str| BuildStatus {
            name: name.to_owned(),
            state,
            description: description.to_owned(),
            url: None,
        };
        let one = put("Tests passed: 3", &status("ci-gen/unit", State::Pending, "running; still"));
        assert_eq!(one, "Tests passed: 3; ci-gen/unit pending: running, still");
        let two = put(&one, &status("ci-gen/e2e", State::Success, "all\nwell"));
        let three = put(&two, &status("ci-gen/unit", State::Failure, "1 of 4 tests failed"));
        assert_eq!(three, "Tests passed: 3; ci-gen/unit failed: 1 of 4 tests failed; ci-gen/e2e passed: all well");
    }
}
