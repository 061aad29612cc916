//! Drift: its kinds, its diffs, what cannot be compared.

use crate::files::{
    self, header,
    tests::{drift, file, lay, messages, ours, root, snapshot, SPEC, STAGED},
    Author, Drift, DriftKind, File,
};

fn paths(drifts: &[Drift]) -> Vec<(&str, DriftKind)> {
    drifts.iter().map(|it| (it.path.as_str(), it.kind)).collect()
}

#[test]
fn every_kind_of_drift_is_found_and_sorted() {
    let root = root();
    lay(&root, "ci/same.yml", ours("same\n"));
    lay(&root, "ci/dos.yml", ours("dos\n").replace('\n', "\r\n"));
    lay(&root, "ci/changed.yml", ours("old\n"));
    lay(&root, "ci/orphan.yml", ours("orphan\n"));
    lay(&root, "ci/deep/orphan.yml", ours("too deep\n"));
    lay(&root, "ci/other.yml", format!("# {}\n", header("other.toml")[0]));
    lay(&root, "ci/mine.yml", "name: mine\n");
    lay(&root, "ci/binary.yml", [ours("").as_bytes(), b"\xff\xfe"].concat());
    lay(&root, &format!("ci/{STAGED}"), ours("of a run that goes on\n"));
    lay(&root, "Jenkinsfile", ours("orphan\n"));
    lay(&root, "elsewhere.yml", ours("orphan\n"));
    let before = snapshot(root.path());
    let files = [
        file("z.yml", "z\n"),
        file("ci/same.yml", "same\n"),
        file("ci/dos.yml", "dos\n"),
        file("ci/changed.yml", "new\n"),
    ];
    let candidates = ["ci/", "ci", "Jenkinsfile", "z.yml", "not/there", "Jenkinsfile/x"].map(str::to_owned);
    let drifts = drift(root.path(), &files, &candidates, SPEC).unwrap();
    assert_eq!(
        paths(&drifts),
        [
            ("Jenkinsfile", DriftKind::Orphaned),
            ("ci/changed.yml", DriftKind::Changed),
            ("ci/orphan.yml", DriftKind::Orphaned),
            ("z.yml", DriftKind::Missing),
        ]
    );
    assert_eq!(drifts[0].diff, "");
    assert_eq!(snapshot(root.path()), before);

    let in_root = drift(root.path(), &files, &[".".to_owned()], SPEC).unwrap();
    assert_eq!(in_root[0].path, "Jenkinsfile");
    assert_eq!(in_root[2].path, "elsewhere.yml");
}

#[test]
fn a_diff_leads_from_the_disk_to_the_spec() {
    let root = root();
    let lines: Vec<String> = (1..=20).map(|it| format!("{it}\n")).collect();
    lay(&root, "a.yml", lines.concat().replace('\n', "\r\n"));
    let mut expected = lines.clone();
    expected[9] = "ten\n".to_owned();
    let files = [
        File { path: "a.yml".to_owned(), text: expected.concat() },
        File { path: "b.yml".to_owned(), text: "x\ny\n".to_owned() },
    ];
    let drifts = drift(root.path(), &files, &[], SPEC).unwrap();
    assert_eq!(drifts[0].diff, "--- a/a.yml\n+++ b/a.yml\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n");
    assert_eq!(drifts[1].diff, "--- a/b.yml\n+++ b/b.yml\n@@ -0,0 +1,2 @@\n+x\n+y\n");
}

#[test]
fn a_missing_last_line_feed_and_a_lone_carriage_return_are_shown() {
    let root = root();
    lay(&root, "a.yml", "a\nb\rc");
    let files = [File { path: "a.yml".to_owned(), text: "a\nb\rc\n".to_owned() }];
    let drifts = drift(root.path(), &files, &[], SPEC).unwrap();
    assert_eq!(
        drifts[0].diff,
        "--- a/a.yml\n+++ b/a.yml\n@@ -1,2 +1,2 @@\n a\n-b\rc\n\\ No newline at end of file\n+b\rc\n"
    );
}

#[test]
fn a_file_in_another_encoding_has_changed() {
    let root = root();
    lay(&root, "a.yml", b"caf\xe9\n");
    let files = [File { path: "a.yml".to_owned(), text: "caf\u{e9}\n".to_owned() }];
    let drifts = drift(root.path(), &files, &[], SPEC).unwrap();
    assert_eq!(paths(&drifts), [("a.yml", DriftKind::Changed)]);
    assert!(drifts[0].diff.contains("-caf\u{fffd}\n+caf\u{e9}\n"));
}

#[test]
fn what_cannot_be_compared_is_told_at_once() {
    let root = root();
    lay(&root, "dir/x", "");
    let files = [file("dir", ""), file("dir/x/y", ""), file("a", ""), file("a", "")];
    let errors = drift(root.path(), &files, &["../x".to_owned(), String::new()], SPEC).unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            "cannot compare `dir`: it is a directory",
            "cannot compare `dir/x/y`: `dir/x` is a file, not a directory",
            "cannot compare `a`: `a` is the same file",
            "cannot compare `../x`: the path contains `.` or `..`",
            "cannot compare ``: the path is empty",
        ]
    );
}

#[test]
fn below_a_root_that_does_not_exist_all_is_missing() {
    let root = root();
    let missing = root.path().join("out");
    let drifts = drift(&missing, &[file("a.yml", "")], &[".".to_owned()], SPEC).unwrap();
    assert_eq!(paths(&drifts), [("a.yml", DriftKind::Missing)]);
    assert!(!missing.exists());
}

#[test]
fn hunks_say_which_lines_on_disk_differ() {
    let root = root();
    let lines: Vec<String> = (1..=40).map(|it| format!("{it}\n")).collect();
    lay(&root, "a.yml", ours(&lines.concat()));
    let mut expected = lines.clone();
    expected[9] = "ten\n".to_owned();
    expected[10].clear();
    expected[29] = "30\n30.5\n".to_owned();
    let drifts = drift(root.path(), &[file("a.yml", &expected.concat()), file("b.yml", "")], &[], SPEC).unwrap();
    let places: Vec<_> = drifts[0].hunks.iter().map(|it| (it.first_line, it.last_line)).collect();
    // The header is the first line.
    assert_eq!(places, [(11, 12), (31, 31)]);
    assert_eq!(drifts[0].hunks[1].text, " 28\n 29\n 30\n+30.5\n 31\n 32\n 33\n");
    assert_eq!((drifts[1].hunks[0].first_line, drifts[1].hunks[0].last_line), (1, 1));
}

#[test]
fn kinds_of_change_are_told_apart_in_files_of_ours_only() {
    let root = root();
    lay(&root, "a.yml", ours("x\n"));
    lay(&root, "b.yml", "x\n");
    let files = [file("a.yml", "y\n"), file("b.yml", "y\n"), file("c.yml", "y\n")];
    let drifts = files::drift(root.path(), &files, &[], SPEC, &|file, found| {
        assert_eq!((file.path.as_str(), found), ("a.yml", ours("x\n").as_str()));
        DriftKind::PinOnly
    });
    let drifts = drifts.unwrap();
    let kinds: Vec<_> = drifts.iter().map(|it| (it.kind, it.author)).collect();
    let expected = [
        (DriftKind::PinOnly, Author::CiGen),
        (DriftKind::Changed, Author::SomebodyElse),
        (DriftKind::Missing, Author::CiGen),
    ];
    assert_eq!(kinds, expected);
}
