//! The root element of a file, told by its beginning alone.

/// The name of the root element of a file that begins like this.
pub(in crate::report::read) fn root_name(head: &str) -> Option<&str> {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(instruction) = rest.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if rest.starts_with('!') {
            // A document type may hold declarations between brackets.
            let end = rest.find('>')?;
            rest = match rest.find('[').filter(|bracket| *bracket < end) {
                Some(_) => rest.split_once(']')?.1.trim_start().strip_prefix('>')?,
                None => &rest[end + 1..],
            };
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
            let name = &rest[..end];
            return Some(name.rsplit(':').next().unwrap_or(name));
        }
        rest = rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::root_name;

    #[test]
    fn root_elements_are_found_behind_everything_that_may_precede() {
        let before = "\u{feff} <?xml version='1.0'?> <!-- <no/> --><!DOCTYPE a [<!ENTITY b '>'>] ><!DOCTYPE c>";
        assert_eq!(root_name(&format!("{before}<x:testsuite name='a'>")), Some("testsuite"));
        for none in ["", "<", "<testsuit", "text <a>", "<!-- <a>", "{}"] {
            assert_eq!(root_name(none), None, "{none}");
        }
    }
}
