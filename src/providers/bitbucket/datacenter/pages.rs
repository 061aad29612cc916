//! Lists, from all their pages: <https://developer.atlassian.com/server/bitbucket/rest/v905/intro/>

use serde_json::Value;

use crate::net::{Answer, Api, Error, Url};

/// Things on a page; a server whose own limit is lower gives fewer, and says where the next page begins.
const LIMIT: &str = "500";

/// Everything in a list.
pub(super) async fn all(api: &Api, mut first: Url, operation: &str) -> Result<Vec<Value>, Error> {
    first.query_pairs_mut().append_pair("limit", LIMIT);
    let next = |answer: &Answer| {
        let page = answer.json();
        let start = page["nextPageStart"].as_u64().filter(|_| page["isLastPage"] == false)?;
        let mut url = answer.url.clone();
        let others: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, _)| name != "start").collect();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair("start", &start.to_string());
        Some(url)
    };
    let mut values = Vec::new();
    for mut page in api.pages(first, operation, next).await? {
        // An answer that is no page of a list has none.
        if let Some(Value::Array(more)) = page.get_mut("values").map(Value::take) {
            values.extend(more);
        }
    }
    Ok(values)
}
