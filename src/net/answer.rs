//! What a server answered, read whole up to a limit.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{
    header::{HeaderMap, CONTENT_TYPE, DATE},
    Url,
};
use serde_json::Value;

/// Characters of a server's words that are shown.
const LONGEST_WORDS: usize = 300;

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, without what is behind the limit.
    pub body: Vec<u8>,
    /// Where the answer is from.
    pub url: Url,
    /// Whether nobody was asked: a dry run.
    pub dry: bool,
}

impl Answer {
    /// The body as JSON; null where it is none. What a server answers to a write is often of no interest.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// A header that is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// Whether the body is a page for people: the sign-in of a server, the message of a proxy.
    pub fn is_page(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        kind.starts_with("text/html") || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// How long the server asks to wait: seconds, or a date, which counts from the server's own clock.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let value = self.header("retry-after")?;
        if let Ok(seconds) = value.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
        }
        Some(until(date(value)?, self.now(now)))
    }

    /// How long until a time that a header names in seconds since 1970, by the server's clock.
    pub fn until(&self, name: &str, now: SystemTime) -> Option<Duration> {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(self.number(name)?))?;
        Some(until(time, self.now(now)))
    }

    /// The server's time, so that a wrong clock here does no harm.
    fn now(&self, here: SystemTime) -> SystemTime {
        self.headers.get(DATE).and_then(|it| date(it.to_str().ok()?)).unwrap_or(here)
    }

    /// What the server has to say: the texts in its JSON, else its plain text, else the title of its page; on one line.
    pub fn words(&self) -> String {
        let json: Option<Value> = serde_json::from_slice(&self.body).ok();
        let text = match json {
            Some(value) => {
                let mut texts = Vec::new();
                gather(&value, 0, &mut texts);
                texts.dedup();
                texts.join("; ")
            }
            None if self.is_page() => title(&String::from_utf8_lossy(&self.body)),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        match line.char_indices().nth(LONGEST_WORDS) {
            Some((at, _)) => format!("{}…", &line[..at]),
            None => line,
        }
    }
}

/// Keys under which vendors say what is wrong, and those that hold such keys.
const SAYING: &[&str] =
    &["message", "error_message", "error_description", "detail", "title", "code", "field", "resource"];
const HOLDING: &[&str] = &["error", "errors", "fields", "message", "messages", "base"];

fn gather(value: &Value, depth: usize, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if depth > 0 => texts.push(text.clone()),
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) if depth < 4 => items.iter().take(10).for_each(|it| gather(it, depth + 1, texts)),
        Value::Object(fields) if depth < 4 => {
            let saying = SAYING.iter().filter_map(|key| fields.get(*key)).filter(|it| it.is_string());
            let said: Vec<String> = saying.filter_map(Value::as_str).map(str::to_owned).collect();
            if !said.is_empty() {
                texts.push(said.join(" "));
            }
            for (key, value) in fields {
                let known = HOLDING.contains(&key.as_str());
                // Within `message: { field: [texts] }` every key is a field.
                if (known || depth > 0) && !SAYING.contains(&key.as_str()) || (known && !value.is_string()) {
                    let before = texts.len();
                    gather(value, depth + 1, texts);
                    if depth > 0 && !known && texts.len() > before {
                        let said = texts.split_off(before).join(", ");
                        texts.push(format!("{key}: {said}"));
                    }
                }
            }
        }
        _ => {}
    }
}

/// The title of a page, else its first heading.
fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        let from = lower.find(open)?;
        let start = from + lower[from..].find('>')? + 1;
        let end = start + lower[start..].find(close)?;
        page.get(start..end)
    };
    let found = between("<title", "</title").or_else(|| between("<h1", "</h1"));
    found.map_or_else(|| "a page for people".to_owned(), |it| format!("a page for people, `{}`", it.trim()))
}

fn until(time: SystemTime, now: SystemTime) -> Duration {
    time.duration_since(now).unwrap_or_default()
}

fn date(text: &str) -> Option<SystemTime> {
    let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(time.as_second()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let url = Url::parse("http://127.0.0.1").unwrap();
        Answer { status: 400, headers, body: body.as_bytes().to_vec(), url, dry: false }
    }

    #[test]
    fn the_servers_words_are_found() {
        for (body, words) in [
            (r#"{"message":"Not Found","documentation_url":"https://x"}"#, "Not Found"),
            (
                r#"{"message":"Validation Failed","errors":[{"resource":"CheckRun","code":"custom","field":"summary","message":"too long"}]}"#,
                "Validation Failed; too long custom summary CheckRun",
            ),
            (r#"{"message":{"name":["has already been taken"]}}"#, "name: has already been taken"),
            (
                r#"{"type":"error","error":{"message":"Bad request","fields":{"key":["too long"]}}}"#,
                "Bad request; key: too long",
            ),
            (
                r#"{"@type":"error","error_type":"not_found","error_message":"repository not found"}"#,
                "repository not found",
            ),
            ("Retry later\n", "Retry later"),
            ("<html><head><title>Sign In</title></head></html>", "a page for people, `Sign In`"),
            ("", ""),
        ] {
            assert_eq!(answer(&[], body).words(), words, "{body}");
        }
        assert_eq!(answer(&[], &"x ".repeat(1000)).words().chars().count(), LONGEST_WORDS + 1);
    }

    #[test]
    fn waits_count_by_the_servers_clock() {
        let now = UNIX_EPOCH;
        assert_eq!(answer(&[("retry-after", "3")], "").retry_after(now), Some(Duration::from_secs(3)));
        let dated =
            answer(&[("date", "Fri, 27 Nov 2026 10:00:00 GMT"), ("retry-after", "Fri, 27 Nov 2026 10:00:07 GMT")], "");
        assert_eq!(dated.retry_after(now), Some(Duration::from_secs(7)));
        let reset = answer(&[("date", "Fri, 27 Nov 2026 10:00:00 GMT"), ("x-reset", "1795773605")], "");
        assert_eq!(reset.until("x-reset", now), Some(Duration::from_secs(5)));
        assert_eq!(answer(&[("retry-after", "soon")], "").retry_after(now), None);
    }
}
