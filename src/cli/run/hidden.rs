//! A report without secrets: what tests print goes into reports, comments and pages that others read.

use serde_json::Value;

use crate::{net::Secrets, report::Report};

/// The report with every known secret hidden, wherever it stood.
pub(super) fn hide(report: Report, secrets: &Secrets) -> Report {
    let Ok(mut value) = serde_json::to_value(&report) else { return report };
    if !walk(&mut value, secrets) {
        return report;
    }
    // Only texts were changed. Words of the format's own, such as a status, are no secrets; if one reads like that, the
    // report stays readable rather than safe from a secret that everybody knows.
    serde_json::from_value(value).unwrap_or(report)
}

/// Hides secrets in every text; `true` if there were any.
fn walk(value: &mut Value, secrets: &Secrets) -> bool {
    match value {
        Value::String(text) => {
            let hidden = secrets.stand_in(text);
            if hidden {
                *text = secrets.hide(text).into_owned();
            }
            hidden
        }
        Value::Array(items) => items.iter_mut().fold(false, |hidden, it| walk(it, secrets) | hidden),
        Value::Object(fields) => fields.values_mut().fold(false, |hidden, it| walk(it, secrets) | hidden),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Attempt, Case, Details, Status};

    #[test]
    fn what_a_test_printed_is_hidden_wherever_it_stands() {
        let secret = "marker-1";
        let details = |text: &str| Details { message: Some(format!("token {text}")), ..Details::default() };
        let case = Case {
            name: format!("logs in with {secret}"),
            details: details(secret),
            attempts: vec![Attempt { status: Status::Failed, details: details(secret), ..Attempt::default() }],
            ..Case::default()
        };
        let report = Report { cases: vec![case], ..Report::default() };
        let hidden = hide(report.clone(), &Secrets::new([secret]));
        let json = serde_json::to_string(&hidden).unwrap();
        assert!(!json.contains(secret) && json.matches("[hidden]").count() == 3, "{json}");
        assert_eq!(hide(report.clone(), &Secrets::new(["marker-2"])), report);
        assert_eq!(hide(report.clone(), &Secrets::new(["passed"])), report);
    }
}
