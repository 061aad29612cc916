//! A generated text against a committed one, with an eye on pins.

use similar::{capture_diff_slices, Algorithm, DiffOp};

use super::{image::Image, uses::Uses, version::is_version, Bump, Kind, Pin};

/// How a committed text differs from the generated one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// References with another version.
    pub bumps: Vec<Bump>,
    /// Lines of the committed text, from 1, at which something else differs.
    pub others: Vec<usize>,
}

/// The references that differ, if nothing else does; `None` for equal texts and for any other difference.
///
/// ```
/// use ci_gen::pins::only_pins_differ;
/// let bumps = only_pins_differ("image: \"postgres:16\"\n", "image: \"postgres:17\"\n").unwrap();
/// assert_eq!((bumps[0].name.as_str(), bumps[0].to.version.as_str()), ("postgres", "17"));
/// assert_eq!(only_pins_differ("image: \"postgres:16\"\n", "image: \"mysql:9\"\n"), None);
/// ```
pub fn only_pins_differ(generated: &str, committed: &str) -> Option<Vec<Bump>> {
    let Comparison { bumps, others } = compare(generated, committed);
    (others.is_empty() && !bumps.is_empty()).then_some(bumps)
}

/// Compares two texts line by line; CRLF and LF are the same.
pub fn compare(generated: &str, committed: &str) -> Comparison {
    let old: Vec<&str> = generated.lines().collect();
    let new: Vec<&str> = committed.lines().collect();
    let mut comparison = Comparison::default();
    if old == new && generated.ends_with('\n') != committed.ends_with('\n') {
        comparison.others.push(new.len());
    }
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { new_index, .. } => comparison.others.push(new_index + 1),
            DiffOp::Insert { new_index, new_len, .. } => {
                comparison.others.extend((new_index..new_index + new_len).map(|it| it + 1));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                block(
                    &old[old_index..old_index + old_len],
                    &new[new_index..new_index + new_len],
                    new_index,
                    &mut comparison,
                );
            }
        }
    }
    comparison
}

/// Pairs the lines of a replaced block that differ by pins alone, in order; the rest is something else.
fn block(old: &[&str], new: &[&str], before: usize, comparison: &mut Comparison) {
    let mut next = 0;
    for (index, line) in new.iter().enumerate() {
        let number = before + index + 1;
        let found = old.iter().enumerate().skip(next).find_map(|(at, it)| pair(it, line, number).map(|it| (at, it)));
        match found {
            Some((at, bumps)) => {
                if at > next {
                    comparison.others.push(number);
                }
                next = at + 1;
                comparison.bumps.extend(bumps);
            }
            None => comparison.others.push(number),
        }
    }
    if next < old.len() && comparison.others.is_empty() {
        comparison.others.push(before + new.len());
    }
}

/// What changed from one line to another, if that is versions alone.
fn pair(old: &str, new: &str, line: usize) -> Option<Vec<Bump>> {
    if old == new {
        return Some(Vec::new());
    }
    if let (Some(old), Some(new)) = (Uses::parse(old), Uses::parse(new)) {
        return action(old, new, line).map(|bump| vec![bump]);
    }
    let (old_words, new_words) = (words(old), words(new));
    if old_words.len() != new_words.len() {
        return None;
    }
    let mut bumps = Vec::new();
    for ((at, old_word), (_, new_word)) in old_words.into_iter().zip(new_words) {
        if old_word != new_word {
            bumps.push(reference(old, at, old_word, new_word, line)?);
        }
    }
    Some(bumps)
}

fn action(old: Uses<'_>, new: Uses<'_>, line: usize) -> Option<Bump> {
    // A bot that moves to a tag may take the comment with the version away.
    let rest = old.after == new.after || (new.tag.is_none() && new.after.is_empty());
    if old.before != new.before || old.name != new.name || !rest {
        return None;
    }
    let pin = |uses: Uses<'_>, before: Option<&str>| match super::is_commit(uses.reference) {
        true => Pin {
            version: uses.tag.or(before).unwrap_or(uses.reference).to_owned(),
            hash: Some(uses.reference.to_owned()),
        },
        false => Pin { version: uses.reference.to_owned(), hash: None },
    };
    Some(Bump { kind: Kind::Action, name: new.name.to_owned(), from: pin(old, None), to: pin(new, old.tag), line })
}

fn reference(text: &str, at: usize, old: &str, new: &str, line: usize) -> Option<Bump> {
    if let (Some((name, from)), Some((other, to))) = (orb(text, old), orb(text, new)) {
        let pin = |version: &str| Pin { version: version.to_owned(), hash: None };
        return (name == other).then(|| Bump {
            kind: Kind::Orb,
            name: name.to_owned(),
            from: pin(from),
            to: pin(to),
            line,
        });
    }
    let (old, new) = (Image::parse(old)?, Image::parse(new)?);
    let pinned = old.digest.is_some() || new.digest.is_some();
    if old.name != new.name || !(pinned || is_image_place(text, at)) {
        return None;
    }
    let pin = |image: Image<'_>| Pin {
        version: image.tag.unwrap_or("latest").to_owned(),
        hash: image.digest.map(str::to_owned),
    };
    Some(Bump { kind: Kind::Image, name: new.name.to_owned(), from: pin(old), to: pin(new), line })
}

/// An orb's name and version: the whole value of a key.
pub(super) fn orb<'a>(line: &str, word: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, version) = word.split_once('@')?;
    let (_, value) = line.trim().split_once(": ")?;
    let whole = value.trim_matches(['"', '\'']).split('@').next() == Some(name);
    let named = name.split('/').count() == 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c));
    (whole && named && is_version(version)).then_some((name, version))
}

/// Whether an image may stand there: behind the word `image`, as the name of a service on GitLab, or as an argument of
/// `docker run`, where scripts have it at the beginning of a line. Elsewhere `redis:6379` may be an address.
pub(super) fn is_image_place(line: &str, at: usize) -> bool {
    let before = &line[..at.min(line.len())];
    let start = before.trim().trim_end_matches(['"', '\'']).trim_end();
    start.is_empty()
        || start == "- name:"
        || before.to_ascii_lowercase().contains("image")
        || before.contains("docker run")
        || before.contains("--entrypoint")
}

/// The words of a line that may be references, with their places, and what is between them as words of their own.
pub(super) fn words(line: &str) -> Vec<(usize, &str)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "._/@:-".contains(c);
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| part(c) != part(first)).unwrap_or(rest.len());
        words.push((line.len() - rest.len(), &rest[..end]));
        rest = &rest[end..];
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "27d5ce7f107fe9357f9df03efb73ab90386fccae";
    const NEW: &str = "3d3c42e5aac5ba805825da76410c181273ba90b1";

    fn changed(old: &str, new: &str) -> Option<(String, String)> {
        let bumps = only_pins_differ(old, new)?;
        assert_eq!(bumps.len(), 1);
        Some((format!("{} {}", bumps[0].name, bumps[0].from), bumps[0].to.to_string()))
    }

    #[test]
    fn actions() {
        let line = |commit: &str, tag: &str| format!("a\n  uses: a/b@{commit} # {tag} # zizmor: x\nb\n");
        let found = changed(&line(OLD, "v1.0.0"), &line(NEW, "v1.1.0"));
        assert_eq!(found, Some(("a/b v1.0.0 (27d5ce7f107f)".into(), "v1.1.0 (3d3c42e5aac5)".into())));
        let unpinned = changed(&line(OLD, "v1.0.0"), "a\n  uses: a/b@v2\nb\n");
        assert_eq!(unpinned.unwrap().1, "v2");
        assert_eq!(changed(&line(OLD, "v1.0.0"), &line(NEW, "v1.1.0").replace("zizmor", "other")), None);
        assert_eq!(changed(&line(OLD, "v1.0.0"), &line(NEW, "v1.1.0").replace("a/b", "c/b")), None);
    }

    #[test]
    fn images_wherever_a_pipeline_has_them() {
        for line in [
            "  image: \"redis:7\"",
            "    - name: \"redis:7\"",
            "  image: \"${{ (matrix.db == 'redis') && 'redis:7' || '' }}\"",
            "            dockerImage = \"redis:7\"",
            "              image 'redis:7'",
            "  redis:7 redis-server '--maxmemory 64mb'",
            "  --entrypoint tail redis:7 -f /dev/null",
        ] {
            let digest = format!("redis:7@sha256:{}", "cd".repeat(32));
            let found = changed(&format!("{line}\n"), &format!("{}\n", line.replace("redis:7", &digest)));
            assert_eq!(found, Some(("redis 7".into(), "7 (cdcdcdcdcdcd)".into())), "{line}");
            let found = changed(&format!("{line}\n"), &format!("{}\n", line.replace("redis:7", "redis:8")));
            assert_eq!(found.unwrap().1, "8", "{line}");
        }
    }

    #[test]
    fn orbs() {
        let found = changed("  windows: circleci/windows@5.0.0\n", "  windows: circleci/windows@5.1.0\n");
        assert_eq!(found, Some(("circleci/windows 5.0.0".into(), "5.1.0".into())));
    }

    #[test]
    fn addresses_ports_and_commands_are_no_images() {
        for (old, new) in [
            ("  REDIS: \"redis:6379\"", "  REDIS: \"redis:6380\""),
            ("  - \"5432:5432\"", "  - \"5432:5433\""),
            ("  run: npm install a/b@1.0.0", "  run: npm install a/b@1.0.1"),
            ("  timeout: 30", "  timeout: 31"),
        ] {
            assert_eq!(only_pins_differ(old, new), None, "{old}");
        }
        assert_eq!(only_pins_differ("a\n", "a\n"), None);
    }

    #[test]
    fn other_differences_are_named_beside_the_bumps() {
        let old = "a\nimage: x:1\nb\nc\nd\n";
        let new = "a\nimage: x:2\nb\nnew\nc\ne\n";
        let comparison = compare(old, new);
        assert_eq!(comparison.bumps.len(), 1);
        assert_eq!(comparison.others, [4, 6]);
        assert_eq!(only_pins_differ(old, new), None);
    }
}
