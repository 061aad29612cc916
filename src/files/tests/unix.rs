//! What only Unix lets a test set up: symbolic links, sockets, permissions.

use std::{
    fs,
    os::unix::fs::{symlink, PermissionsExt},
    path::Path,
};

use crate::files::{
    remove,
    tests::{drift, file, lay, messages, ours, read, refused, root, snapshot, SPEC},
    write, Error, Operation, Outcome, Overwrite,
};

#[test]
fn a_link_that_stays_inside_is_written_through() {
    let root = root();
    lay(&root, "real/a.yml", ours("old\n"));
    symlink("real/a.yml", root.path().join("a.yml")).unwrap();
    symlink("real", root.path().join("dir")).unwrap();
    let files = [file("a.yml", "new\n"), file("dir/b.yml", "new\n")];
    let outcomes = write(root.path(), &files, Overwrite::Ours).unwrap();
    assert_eq!([outcomes[0].1, outcomes[1].1], [Outcome::Updated, Outcome::Created]);
    assert!(root.path().join("a.yml").is_symlink());
    assert_eq!(read(&root, "real/a.yml"), ours("new\n"));
    assert_eq!(read(&root, "real/b.yml"), ours("new\n"));
    assert_eq!(drift(root.path(), &files, &[], SPEC).unwrap(), []);
}

#[test]
fn a_link_out_of_the_root_is_followed_by_nobody() {
    let (root, outside) = (root(), root());
    lay(&outside, "a.yml", ours("out\n"));
    symlink(outside.path().join("a.yml"), root.path().join("a.yml")).unwrap();
    symlink(outside.path(), root.path().join("dir")).unwrap();
    symlink("nowhere", root.path().join("dangling.yml")).unwrap();
    symlink("loop.yml", root.path().join("loop.yml")).unwrap();
    let before = snapshot(outside.path());
    let files =
        ["a.yml", "dir/a.yml", "dir/new/b.yml", "dangling.yml", "loop.yml", "good.yml"].map(|it| file(it, "new\n"));

    let told = messages(&refused(&root, &files, Overwrite::Anything));
    assert_eq!(told.len(), 5);
    assert!(told[0].starts_with("cannot write `a.yml`: the symbolic link `a.yml` leads out of the root, to `"));
    assert!(told[2].starts_with("cannot write `dir/new/b.yml`: the symbolic link `dir` leads out of the root"));
    assert_eq!(told[3], "cannot write `dangling.yml`: the symbolic link `dangling.yml` leads nowhere");
    assert!(told[4].starts_with("cannot write `loop.yml`: looking it up failed: "), "{told:?}");

    let errors = drift(root.path(), &files, &[], SPEC).unwrap_err();
    assert_eq!(errors.len(), 5);
    assert!(matches!(errors[0], Error::Outside { operation: Operation::Compare, .. }));
    let errors = drift(root.path(), &[], &["dir".to_owned()], SPEC).unwrap_err();
    assert!(matches!(errors[0], Error::Outside { .. }));
    let errors = remove(root.path(), &["dir/a.yml".to_owned()]).unwrap_err();
    assert!(matches!(errors[0], Error::Outside { operation: Operation::Remove, .. }));
    assert_eq!(snapshot(outside.path()), before);
}

#[test]
fn two_paths_to_one_file_are_one_file() {
    let root = root();
    lay(&root, "real.yml", ours("old\n"));
    symlink("real.yml", root.path().join("link.yml")).unwrap();
    let errors = refused(&root, &[file("link.yml", "a\n"), file("real.yml", "b\n")], Overwrite::Ours);
    assert_eq!(messages(&errors), ["cannot write `real.yml`: `link.yml` is the same file"]);
}

#[test]
fn the_root_itself_may_be_a_link() {
    let root = root();
    fs::create_dir(root.path().join("real")).unwrap();
    symlink("real", root.path().join("link")).unwrap();
    write(&root.path().join("link"), &[file("a/b.yml", "x\n")], Overwrite::Ours).unwrap();
    assert_eq!(read(&root, "real/a/b.yml"), ours("x\n"));
}

#[test]
fn a_socket_is_no_file_and_is_not_read() {
    let root = root();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s")).unwrap();
    let errors = write(root.path(), &[file("s", "")], Overwrite::Anything).unwrap_err();
    assert!(matches!(&errors[..], [Error::NotAFile { .. }]), "{errors:?}");
    assert_eq!(drift(root.path(), &[], &[".".to_owned(), "s".to_owned()], SPEC).unwrap(), []);
}

#[test]
fn an_orphan_is_never_a_link() {
    let root = root();
    lay(&root, "ci/a.yml", ours("a\n"));
    symlink("a.yml", root.path().join("ci/link.yml")).unwrap();
    symlink("ci", root.path().join("also")).unwrap();
    let candidates = ["ci", "ci/link.yml", "also"].map(str::to_owned);
    let drifts = drift(root.path(), &[], &candidates, SPEC).unwrap();
    assert_eq!(drifts.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["ci/a.yml"]);

    let errors = remove(root.path(), &["ci/link.yml".to_owned()]).unwrap_err();
    assert_eq!(messages(&errors), ["cannot remove `ci/link.yml`: it is not a regular file"]);
    assert!(root.path().join("ci/link.yml").exists());
}

#[test]
fn permissions_are_kept_and_new_files_get_ordinary_ones() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let root = root();
    let old = lay(&root, "old.yml", ours("old\n"));
    fs::set_permissions(&old, fs::Permissions::from_mode(0o751)).unwrap();
    let ordinary = lay(&root, "ordinary", "");
    write(root.path(), &[file("old.yml", "new\n"), file("new.yml", "new\n")], Overwrite::Ours).unwrap();
    assert_eq!(mode(&old), 0o751);
    assert_eq!(mode(&root.path().join("new.yml")), mode(&ordinary));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_told() {
    // A regular file whose first byte even root cannot read.
    let root = Path::new("/proc/self");
    let files = [file("mem", "")];
    let errors = write(root, &files, Overwrite::Anything).unwrap_err();
    assert!(messages(&errors)[0].starts_with("cannot write `mem`: reading what is there failed: "), "{errors:?}");
    let errors = drift(root, &files, &[], SPEC).unwrap_err();
    assert!(messages(&errors)[0].starts_with("cannot compare `mem`: reading it failed: "), "{errors:?}");
    let errors = drift(root, &[], &["mem".to_owned()], SPEC).unwrap_err();
    assert!(messages(&errors)[0].starts_with("cannot compare `mem`: reading it failed: "), "{errors:?}");
    let errors = remove(root, &["mem".to_owned()]).unwrap_err();
    assert!(messages(&errors)[0].starts_with("cannot remove `mem`: reading it failed: "), "{errors:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn everything_that_cannot_be_staged_is_told_in_order() {
    // A directory in which even root can create nothing.
    let root = Path::new("/proc/self");
    let files: Vec<_> = (0..40).map(|it| file(&format!("{it}.yml"), "")).collect();
    let told = messages(&write(root, &files, Overwrite::Ours).unwrap_err());
    assert_eq!(told.len(), files.len());
    for (message, file) in told.iter().zip(&files) {
        assert!(message.starts_with(&format!("cannot write `{}`: staging the text failed: ", file.path)), "{message}");
    }
}
