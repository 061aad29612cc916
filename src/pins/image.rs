//! Names of images taken apart.

/// An image as pipelines write it: `registry.example:5000/team/app:1.2@sha256:…`.
///
/// <https://github.com/distribution/reference/blob/main/reference.go>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// Registry and path.
    pub name: &'a str,
    /// The tag; `latest` is meant where there is none.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm.
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Takes a name apart; `None` if it is none.
    pub fn parse(text: &'a str) -> Option<Image<'a>> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest).filter(|it| is_digest(it))),
            None => (text, None),
        };
        if text.contains('@') && digest.is_none() {
            return None;
        }
        // A colon in front of a slash belongs to the registry's port.
        let path = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[path..].find(':') {
            Some(at) => (&rest[..path + at], Some(&rest[path + at + 1..])),
            None => (rest, None),
        };
        let named = name.chars().any(|c| c.is_ascii_lowercase())
            && name.split('/').all(|it| it.starts_with(|c: char| c.is_ascii_alphanumeric()) && it.ends_with(word))
            && name.chars().all(|c| word(c) || "._-/:".contains(c));
        let tagged = tag.is_none_or(|tag| tag.starts_with(word) && tag.chars().all(|c| word(c) || ".-".contains(c)));
        (named && tagged).then_some(Image { name, tag, digest })
    }
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a text is a digest: `sha256:` and 64 hexadecimal digits.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|it| it.len() == 64 && it.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The name under which a lock holds an image that the spec names: with its tag, without its digest.
///
/// ```
/// use ci_gen::pins::image_key;
/// assert_eq!(image_key("postgres:16"), "postgres:16");
/// assert_eq!(image_key("redis"), "redis:latest");
/// ```
pub fn image_key(reference: &str) -> String {
    match Image::parse(reference) {
        Some(Image { name, tag, .. }) => format!("{name}:{}", tag.unwrap_or("latest")),
        None => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let pinned = format!("localhost:5000/a/b:1@{digest}");
        let image = Image::parse(&pinned).unwrap();
        assert_eq!((image.name, image.tag, image.digest), ("localhost:5000/a/b", Some("1"), Some(digest.as_str())));
        assert_eq!(Image::parse("localhost:5000/a").unwrap().tag, None);
        for text in ["", "6379:6379", "a:", "a@1.2.3", "a@sha256:1", "-a", "https://a/b", "a:1:2", "a:%x%"] {
            assert_eq!(Image::parse(text), None, "{text}");
        }
    }
}
