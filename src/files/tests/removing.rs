//! Removing orphans.

use std::{io, path::PathBuf, time::Duration};

use crate::files::{
    changes::put,
    remove,
    remove::remove_by,
    tests::{age, lay, messages, ours, root, snapshot},
    Error, Operation,
};

#[test]
fn orphans_go_and_what_is_gone_is_fine() {
    let root = root();
    lay(&root, "ci/a.yml", ours("a\n"));
    lay(&root, "ci/b.yml", ours("b\n"));
    remove(root.path(), &["ci/a.yml", "gone.yml", "never/there.yml"].map(str::to_owned)).unwrap();
    let left: Vec<PathBuf> = snapshot(root.path()).into_keys().collect();
    assert_eq!(left, [root.path().join("ci"), root.path().join("ci/b.yml")]);
}

#[test]
fn nothing_goes_when_one_may_not() {
    let root = root();
    lay(&root, "a.yml", ours("a\n"));
    lay(&root, "mine.yml", "mine\n");
    lay(&root, "dir/x", "");
    let before = snapshot(root.path());
    let errors = remove(root.path(), &["a.yml", "mine.yml", "dir", "../x"].map(str::to_owned)).unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            "`mine.yml` was not removed: ci-gen did not generate it",
            "cannot remove `dir`: it is a directory",
            "cannot remove `../x`: the path contains `.` or `..`",
        ]
    );
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn a_refused_removal_puts_the_others_back() {
    let root = root();
    age(&lay(&root, "a.yml", ours("a\n")), Duration::from_secs(500));
    lay(&root, "b.yml", ours("b\n"));
    let before = snapshot(root.path());
    let errors = remove_by(root.path(), &["a.yml", "b.yml"].map(str::to_owned), &mut |staged, real| {
        if real.ends_with("b.yml") {
            assert!(!real.with_file_name("a.yml").exists(), "the first is gone by now");
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        put(staged, real)
    })
    .unwrap_err();
    assert!(matches!(&errors[..], [Error::Io { operation: Operation::Remove, .. }]), "{errors:?}");
    assert_eq!(snapshot(root.path()), before);
}
