//! What the names of Git refs say: a branch, a tag, a change.

/// The branch of a ref: of `refs/heads/x` and of a plain `x`; other refs are none.
///
/// ```
/// use ci_gen::context::branch_of;
/// assert_eq!(branch_of("refs/heads/release/1.0"), Some("release/1.0"));
/// assert_eq!(branch_of("main"), Some("main"));
/// assert_eq!(branch_of("refs/pull/7/merge"), None);
/// ```
pub fn branch_of(name: &str) -> Option<&str> {
    let name = name.trim();
    let branch = match name.strip_prefix("refs/heads/") {
        Some(branch) => branch,
        None if name.starts_with("refs/") => return None,
        None => name,
    };
    (!branch.is_empty()).then_some(branch)
}

/// The tag of a ref `refs/tags/x`.
///
/// ```
/// use ci_gen::context::tag_of;
/// assert_eq!(tag_of("refs/tags/v1"), Some("v1"));
/// assert_eq!(tag_of("v1"), None);
/// ```
pub fn tag_of(name: &str) -> Option<&str> {
    name.trim().strip_prefix("refs/tags/").filter(|it| !it.is_empty())
}

/// The number in a ref of a pull or merge request, as the code hosts name them, with or without `refs/`.
///
/// ```
/// use ci_gen::context::change_of;
/// assert_eq!(change_of("refs/pull/7/merge"), Some(7));
/// assert_eq!(change_of("merge-requests/8/head"), Some(8));
/// assert_eq!(change_of("refs/pull-requests/9/from"), Some(9));
/// assert_eq!(change_of("refs/heads/pull/7"), None);
/// ```
pub fn change_of(name: &str) -> Option<u64> {
    let name = name.trim();
    let mut segments = name.strip_prefix("refs/").unwrap_or(name).split('/');
    matches!(segments.next()?, "pull" | "merge-requests" | "pull-requests").then_some(())?;
    let number = segments.next()?.parse().ok()?;
    matches!(segments.next(), None | Some("head" | "merge" | "from")).then_some(number)
}
