//! What must not be seen: every known secret, in each form in which it could stand in a text.

use std::borrow::Cow;

use base64::{engine::general_purpose::STANDARD, Engine};

/// Shorter values would blacken half of every text, and hide nothing that could not be guessed.
const SHORTEST: usize = 4;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Words in the names of variables whose values nobody should see.
const WORDS: &[&str] =
    &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL"];

/// Every known secret.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The longest first, so that a secret that is part of another one leaves nothing of it.
    values: Vec<String>,
}

impl Secrets {
    /// Secrets by value; each is also known as it stands in JSON, in an address and in base64.
    ///
    /// ```
    /// use ci_gen::net::Secrets;
    ///
    /// let secrets = Secrets::new(["s3cr/t"]);
    /// assert_eq!(secrets.hide("https://ci.example.com/?token=s3cr%2Ft&x=s3cr/t"),
    ///     "https://ci.example.com/?token=[hidden]&x=[hidden]");
    /// ```
    pub fn new<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> Self {
        let mut secrets = Secrets::default();
        secrets.add(values);
        secrets
    }

    /// The secrets among some variables: those whose name says so, and the passwords in addresses.
    pub fn of_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values = Vec::new();
        for (name, value) in variables {
            let name = name.to_ascii_uppercase();
            if WORDS.iter().any(|word| name.contains(word)) {
                values.push(value);
            }
            values.extend(password(value));
        }
        Secrets::new(values)
    }

    /// More of them.
    pub fn add<T: AsRef<str>>(&mut self, values: impl IntoIterator<Item = T>) {
        for value in values {
            // What a file or a variable holds may end in a line break that is no part of the secret.
            for line in value.as_ref().lines().map(str::trim).filter(|it| it.chars().count() >= SHORTEST) {
                self.values.extend(forms(line));
            }
        }
        self.values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.values.dedup();
    }

    /// A text without any of them.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = Cow::Owned(text.replace(value.as_str(), HIDDEN));
            }
        }
        text
    }

    /// Whether a text holds one of them.
    pub fn stand_in(&self, text: &str) -> bool {
        self.values.iter().any(|it| text.contains(it.as_str()))
    }
}

/// The password of an address such as `https://ada:secret@ci.example.com`.
fn password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let (credentials, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    Some(credentials.split_once(':').map_or(credentials, |(_, password)| password)).filter(|it| !it.is_empty())
}

fn forms(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let percent = |keep: &[u8]| -> String {
        value
            .bytes()
            .map(|byte| match byte.is_ascii_alphanumeric() || keep.contains(&byte) {
                true => char::from(byte).to_string(),
                false => format!("%{byte:02X}"),
            })
            .collect()
    };
    let form = percent(b"*-._ ").replace(' ', "+");
    let mut forms = vec![value.to_owned(), json, percent(b"-._~"), form];
    // In base64 a text looks different behind one or two other bytes; what surely is the same of each is known. So a token
    // is found behind whatever name, as in the header of basic authentication.
    for before in 0..3_usize {
        let padded = [&vec![b' '; before][..], value.as_bytes()].concat();
        let encoded = STANDARD.encode(&padded);
        let from = (before * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        let sure = encoded.get(from..to).unwrap_or_default();
        if sure.len() >= 2 * SHORTEST {
            forms.push(sure.to_owned());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_hidden() {
        let token = "gh\"p_ä+/secret";
        let secrets = Secrets::new([token]);
        let basic = STANDARD.encode(format!("ada:{token}"));
        for text in [
            token.to_owned(),
            serde_json::json!({ "token": token }).to_string(),
            format!("https://x/?t={}", "gh%22p_%C3%A4%2B%2Fsecret"),
            format!("Basic {basic}"),
        ] {
            let hidden = secrets.hide(&text);
            assert!(hidden.contains(HIDDEN), "{text} -> {hidden}");
            assert!(!hidden.contains("secret"), "{hidden}");
        }
    }

    #[test]
    fn a_secret_in_another_one_leaves_nothing_of_it() {
        assert_eq!(Secrets::new(["abcd", "abcdefgh"]).hide("x abcdefgh abcd"), "x [hidden] [hidden]");
    }

    #[test]
    fn variables_say_what_is_secret() {
        let secrets = Secrets::of_variables([
            ("MY_API_TOKEN", "marker-1\n"),
            ("HTTPS_PROXY", "http://ada:marker-2@proxy:8080"),
            ("HOME", "/home/ada"),
            ("CI_REPOSITORY_URL", "https://gitlab-ci-token:marker-3@gitlab.com/a/b.git"),
        ]);
        assert_eq!(secrets.hide("marker-1 marker-2 marker-3 /home/ada"), "[hidden] [hidden] [hidden] /home/ada");
        assert!(secrets.stand_in("-marker-2-") && !secrets.stand_in("/home/ada"));
    }

    #[test]
    fn short_values_are_no_secrets() {
        assert_eq!(Secrets::new(["1", "", "\n"]).hide("1 + 1"), "1 + 1");
    }
}
