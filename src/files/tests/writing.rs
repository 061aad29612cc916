//! Writing: outcomes, refusals, going back, leftovers.

use std::{fs, io, time::Duration};

use crate::files::{
    changes::put,
    header,
    tests::{age, file, lay, messages, ours, read, refused, root, snapshot, STAGED},
    write,
    write::write_by,
    Error, File, Operation, Outcome, Overwrite,
};

#[test]
fn each_file_is_created_updated_or_left_alone() {
    let root = root();
    lay(&root, "same.yml", ours("same\n"));
    lay(&root, "dos.yml", ours("dos\n").replace('\n', "\r\n"));
    lay(&root, "old.yml", ours("old\n"));
    let then = ["same.yml", "dos.yml"].map(|it| age(&root.path().join(it), Duration::from_secs(500)));

    let files = [
        file("same.yml", "same\n"),
        file("old.yml", "new\n"),
        file("a/b/fresh.yml", "fresh\n"),
        file("dos.yml", "dos\n"),
    ];
    let outcomes = write(root.path(), &files, Overwrite::Ours).unwrap();

    let expected = [
        ("same.yml", Outcome::Unchanged),
        ("old.yml", Outcome::Updated),
        ("a/b/fresh.yml", Outcome::Created),
        ("dos.yml", Outcome::Unchanged),
    ];
    assert_eq!(outcomes, expected.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert_eq!(read(&root, "old.yml"), ours("new\n"));
    assert_eq!(read(&root, "a/b/fresh.yml"), ours("fresh\n"));
    assert!(read(&root, "dos.yml").contains("\r\n"));
    let now = ["same.yml", "dos.yml"].map(|it| fs::metadata(root.path().join(it)).unwrap().modified().unwrap());
    assert_eq!(now, then);
    assert_eq!(snapshot(root.path()).len(), 6, "nothing staged is left");
}

#[test]
fn any_number_of_files_is_written_and_told_in_order() {
    let root = root();
    let paths: Vec<String> = (0..100).map(|it| format!("{}/{it}.yml", it % 7)).collect();
    let files: Vec<File> = paths.iter().map(|it| file(it, it)).collect();
    for expected in [Outcome::Created, Outcome::Unchanged] {
        let outcomes = write(root.path(), &files, Overwrite::Ours).unwrap();
        assert_eq!(outcomes, paths.iter().map(|it| (it.clone(), expected)).collect::<Vec<_>>());
    }
    assert!(paths.iter().all(|it| read(&root, it) == ours(it)));
    assert_eq!(snapshot(root.path()).len(), 107, "nothing staged is left");
}

#[test]
fn the_root_is_created_when_it_is_missing() {
    let root = root();
    write(&root.path().join("out/ci"), &[file("a.yml", "a\n")], Overwrite::Ours).unwrap();
    assert_eq!(read(&root, "out/ci/a.yml"), ours("a\n"));

    lay(&root, "plain", "");
    let errors = write(&root.path().join("plain"), &[], Overwrite::Ours).unwrap_err();
    assert!(matches!(&errors[..], [Error::Io { step: "finding the root", .. }]), "{errors:?}");
}

#[test]
fn all_problems_come_at_once_and_nothing_is_touched() {
    let root = root();
    lay(&root, "mine.yml", "name: mine\n");
    lay(&root, "latin1.yml", b"# caf\xe9\n");
    lay(&root, "dir.yml/inside", "");
    lay(&root, "plain", "");
    let files = [
        file("good.yml", "good\n"),
        file("new/good.yml", "good\n"),
        file("../out.yml", ""),
        file("mine.yml", ""),
        file("latin1.yml", ""),
        file("dir.yml", ""),
        file("plain/x.yml", ""),
        file("good.yml", "again\n"),
        file("GOOD.yml", "again\n"),
        file("good.yml/below", ""),
    ];
    assert_eq!(
        messages(&refused(&root, &files, Overwrite::Ours)),
        [
            "cannot write `../out.yml`: the path contains `.` or `..`",
            "`mine.yml` was not overwritten: ci-gen did not generate it",
            "`latin1.yml` was not overwritten: ci-gen did not generate it",
            "cannot write `dir.yml`: it is a directory",
            "cannot write `plain/x.yml`: `plain` is a file, not a directory",
            "cannot write `good.yml`: `good.yml` is the same file",
            "cannot write `GOOD.yml`: `good.yml` is the same file",
            "cannot write `good.yml/below`: `good.yml` is a file, not a directory",
        ]
    );
}

#[test]
fn every_way_out_is_named() {
    let root = root();
    lay(&root, "mine.yml", "name: mine\n");
    lay(&root, "dir/x", "");
    lay(&root, "plain", "");
    let files =
        [file("/x", ""), file("mine.yml", ""), file("dir", ""), file("plain/x", ""), file("b", ""), file("b", "")];
    let errors = refused(&root, &files, Overwrite::Ours);
    let help: Vec<String> = errors.iter().map(|it| it.help().unwrap()).collect();
    assert_eq!(help.len(), 5);
    assert!(help[1].contains("`--force`"), "{help:?}");
    assert!(help[3].contains("`plain`"), "{help:?}");

    let full = Error::Io {
        operation: Operation::Write,
        path: "x".to_owned(),
        step: "staging the text",
        cause: io::ErrorKind::StorageFull.into(),
    };
    assert_eq!(full.help().unwrap(), "free some space and try again");
}

#[test]
fn force_overwrites_what_is_not_ours_but_no_directory() {
    let root = root();
    lay(&root, "mine.yml", "name: mine\n");
    lay(&root, "dir/x", "");
    let errors = refused(&root, &[file("mine.yml", "m\n"), file("dir", "")], Overwrite::Anything);
    assert!(matches!(&errors[..], [Error::Directory { .. }]), "{errors:?}");

    let outcomes = write(root.path(), &[file("mine.yml", "m\n")], Overwrite::Anything).unwrap();
    assert_eq!(outcomes, [("mine.yml".to_owned(), Outcome::Updated)]);
    assert_eq!(read(&root, "mine.yml"), ours("m\n"));
}

#[test]
fn a_foreign_file_with_the_very_text_needs_no_force() {
    let root = root();
    lay(&root, "plain.json", "{}\n");
    let files = [File { path: "plain.json".to_owned(), text: "{}\n".to_owned() }];
    assert_eq!(write(root.path(), &files, Overwrite::Ours).unwrap()[0].1, Outcome::Unchanged);
}

#[test]
fn a_file_that_another_spec_of_ours_made_is_ours() {
    let root = root();
    lay(&root, "a.yml", format!("# {}\n", header("old.toml")[0]));
    assert_eq!(write(root.path(), &[file("a.yml", "")], Overwrite::Ours).unwrap()[0].1, Outcome::Updated);
}

#[test]
fn a_refused_rename_sets_back_what_was_renamed() {
    let root = root();
    let then = age(&lay(&root, "a.yml", ours("old\n")), Duration::from_secs(500));
    lay(&root, "z.yml", ours("old\n"));
    let before = snapshot(root.path());
    let files = [file("a.yml", "new\n"), file("new/dir/b.yml", "new\n"), file("z.yml", "new\n")];
    let mut renamed = Vec::new();
    let errors = write_by(root.path(), &files, Overwrite::Ours, &mut |staged, real| {
        if real.ends_with("z.yml") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        put(staged, real)?;
        renamed.push(fs::read_to_string(real).unwrap());
        Ok(())
    })
    .unwrap_err();

    assert_eq!(renamed, [ours("new\n"), ours("new\n")], "both were in place before the refusal");
    assert!(
        matches!(&errors[..], [Error::Io { path, step: "putting it in place", .. }] if path == "z.yml"),
        "{errors:?}"
    );
    assert_eq!(snapshot(root.path()), before);
    assert_eq!(fs::metadata(root.path().join("a.yml")).unwrap().modified().unwrap(), then);
}

#[test]
fn what_cannot_be_set_back_is_kept_and_named() {
    let root = root();
    lay(&root, "a.yml", ours("precious\n"));
    let files = [file("a.yml", "new\n"), file("b.yml", "new\n"), file("c.yml", "new\n")];
    let errors = write_by(root.path(), &files, Overwrite::Ours, &mut |staged, real| {
        if real.ends_with("c.yml") {
            // Somebody meanwhile replaces what was written: neither can be renamed over or removed.
            for name in ["a.yml", "b.yml"] {
                fs::remove_file(real.with_file_name(name))?;
                fs::create_dir(real.with_file_name(name))?;
            }
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        put(staged, real)
    })
    .unwrap_err();

    let [Error::Io { .. }, Error::NotRestored { path: b, kept: None, .. }, Error::NotRestored { path: a, kept: Some(kept), .. }] =
        &errors[..]
    else {
        panic!("{errors:?}")
    };
    assert_eq!([a.as_str(), b.as_str()], ["a.yml", "b.yml"]);
    assert!(errors[2].help().unwrap().contains(kept.to_str().unwrap()));
    age(kept, Duration::from_secs(500));
    write(root.path(), &[file("d.yml", "d\n")], Overwrite::Ours).unwrap();
    assert_eq!(fs::read_to_string(kept).unwrap(), ours("precious\n"), "no later run sweeps it away");
}

#[test]
fn a_staging_that_fails_leaves_no_directory_behind() {
    let root = root();
    lay(&root, "a.yml", ours("old\n"));
    // `new` can be created, but no file system takes a name as long as the next one.
    let long = format!("new/{}/x.yml", "d".repeat(300));
    let errors = refused(&root, &[file("a.yml", "new\n"), file("b/c.yml", "new\n"), file(&long, "")], Overwrite::Ours);
    assert!(matches!(&errors[..], [Error::Io { path, .. }] if *path == long), "{errors:?}");
}

#[test]
fn only_old_files_with_the_very_name_of_a_staged_one_are_swept() {
    let root = root();
    let names = [
        STAGED,
        ".ci-gen-abcDEF12345.tmp",
        ".ci-gen-abcDEF1234567.tmp",
        ".ci-gen-abcDEF-23456.tmp",
        ".ci-gen-abcDEF123456",
        ".ci-gen-abcDEF123456.kept",
        "x.ci-gen-abcDEF123456.tmp",
    ];
    for name in names {
        age(&lay(&root, &format!("dir/{name}"), "x"), Duration::from_secs(61));
    }
    let young = ".ci-gen-000000000000.tmp";
    age(&lay(&root, &format!("dir/{young}"), "x"), Duration::from_secs(30));
    lay(&root, "dir/.ci-gen-111111111111.tmp/inside", "x");
    age(&lay(&root, &format!("other/{STAGED}"), "x"), Duration::from_secs(61));
    lay(&root, "dir/mine.yml", "mine\n");

    refused(&root, &[file("dir/mine.yml", "x\n")], Overwrite::Ours);
    write(root.path(), &[file("dir/a.yml", "x\n")], Overwrite::Ours).unwrap();

    let left = |path: &str| root.path().join(path).exists();
    assert!(!left(&format!("dir/{STAGED}")));
    assert!(names[1..].iter().all(|it| left(&format!("dir/{it}"))));
    assert!(left(&format!("dir/{young}")), "its run may still be at it");
    assert!(left("dir/.ci-gen-111111111111.tmp/inside"));
    assert!(left(&format!("other/{STAGED}")), "nothing was written there");
}

#[test]
fn leftovers_go_even_when_nothing_changes() {
    let root = root();
    lay(&root, "a.yml", ours(""));
    age(&lay(&root, STAGED, "x"), Duration::from_secs(61));
    write(root.path(), &[file("a.yml", "")], Overwrite::Ours).unwrap();
    assert!(!root.path().join(STAGED).exists());
}

#[test]
fn a_run_whose_staged_file_is_swept_changes_nothing() {
    let root = root();
    lay(&root, "a.yml", ours("old\n"));
    lay(&root, "b.yml", ours("old\n"));
    let before = snapshot(root.path());
    let files = [file("a.yml", "new\n"), file("b.yml", "new\n")];
    let errors = write_by(root.path(), &files, Overwrite::Ours, &mut |staged, real| {
        if real.ends_with("b.yml") {
            fs::remove_file(staged.unwrap())?;
        }
        put(staged, real)
    })
    .unwrap_err();
    assert!(matches!(&errors[..], [Error::Io { path, .. }] if path == "b.yml"), "{errors:?}");
    assert!(errors[0].help().unwrap().contains("try again"));
    assert_eq!(snapshot(root.path()), before);
}
