//! Result files on disk: which there are, and which of them an attempt wrote.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, Metadata},
    path::{Component, Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use crate::files::slashed;

/// Where result files are looked for.
#[derive(Debug)]
pub(super) struct Patterns {
    base: PathBuf,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// As it was given.
    text: String,
    /// `None` for one without wildcards.
    matcher: Option<GlobMatcher>,
    /// The directory in front of the first wildcard, or the file itself.
    start: PathBuf,
    /// How deep below `start` a match can lie.
    depth: usize,
}

/// What some patterns match.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files in the order of the patterns, each once.
    pub(super) files: Vec<Match>,
    /// Patterns that match nothing.
    pub(super) missing: Vec<Missing>,
}

/// A file that a pattern matches.
#[derive(Clone, Debug)]
pub(super) struct Match {
    /// How to get at it.
    pub(super) path: PathBuf,
    /// How messages and reports call it: from the directory of the patterns, with `/`.
    pub(super) name: String,
    /// Where it really is.
    real: PathBuf,
    /// Whether the pattern names it and nothing else.
    pub(super) literal: bool,
}

/// A pattern that matches nothing.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    /// As it was given.
    pub(super) pattern: String,
    /// Whether it names one file, which therefore had to be there.
    pub(super) literal: bool,
    /// Whether it names a directory.
    pub(super) directory: bool,
}

impl Patterns {
    /// Patterns relative to `base`.
    ///
    /// # Errors
    /// What is wrong with the first pattern that is none.
    pub(super) fn new(base: &Path, texts: &[String]) -> Result<Patterns, String> {
        let patterns = texts.iter().map(|text| Pattern::new(base, text)).collect::<Result<_, _>>()?;
        Ok(Patterns { base: base.to_owned(), patterns })
    }

    /// Whether no results are looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// What is there now. A file that several patterns or links lead to counts once.
    pub(super) fn find(&self) -> Found {
        let mut found = Found::default();
        let mut seen = HashSet::new();
        for pattern in &self.patterns {
            let paths = pattern.paths();
            if paths.is_empty() {
                let literal = pattern.matcher.is_none();
                let directory = literal && pattern.start.is_dir();
                found.missing.push(Missing { pattern: pattern.text.clone(), literal, directory });
            }
            for path in paths {
                let real = dunce::canonicalize(&path).unwrap_or_else(|_| path.clone());
                if seen.insert(real.clone()) {
                    let name = slashed(path.strip_prefix(&self.base).unwrap_or(&path));
                    found.files.push(Match { path, name, real, literal: pattern.matcher.is_none() });
                }
            }
        }
        found
    }

    /// What is there before an attempt. Waits, at most two seconds, until a file that is written from now on cannot get
    /// the same time as one that is there.
    pub(super) fn snapshot(&self) -> Snapshot {
        let files: HashMap<PathBuf, Stamp> =
            self.find().files.into_iter().filter_map(|it| Some((it.real.clone(), Stamp::of(&it.real)?))).collect();
        let free = files.values().filter_map(Stamp::next).max();
        let now = SystemTime::now();
        // A time that lies further ahead is no matter of the clock's ticks.
        if let Some(wait) = free.and_then(|free| free.duration_since(now).ok()).filter(|it| *it <= COARSE) {
            thread::sleep(wait);
        }
        Snapshot { files, start: SystemTime::now() }
    }
}

impl Pattern {
    fn new(base: &Path, text: &str) -> Result<Pattern, String> {
        let whole = base.join(text);
        // A file may be called `results[1].xml`: what is there by that very name is meant.
        if !text.contains(['*', '?', '[', '{']) || whole.is_file() {
            return Ok(Pattern { text: text.to_owned(), matcher: None, start: whole, depth: 0 });
        }
        // A drive, a root and `..` are no patterns, whatever is in them, and neither is the directory.
        let is_plain = |it: &Component<'_>| match it {
            Component::Normal(name) => !name.to_string_lossy().contains(['*', '?', '[', '{', '\\']),
            _ => true,
        };
        let given = Path::new(text).components();
        let plain: PathBuf = given.clone().take_while(is_plain).collect();
        let rest: PathBuf = given.skip(plain.components().count()).collect();
        let start = base.join(plain).components().collect();
        let depth = match rest.to_string_lossy().contains("**") {
            true => usize::MAX,
            false => rest.components().count(),
        };
        let glob = GlobBuilder::new(&rest.to_string_lossy()).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("`{text}` is no pattern of files: {}", error.kind()))?;
        Ok(Pattern { text: text.to_owned(), matcher: Some(glob.compile_matcher()), start, depth })
    }

    /// Every file that matches, sorted. Loops of links are not entered.
    fn paths(&self) -> Vec<PathBuf> {
        let Some(matcher) = &self.matcher else {
            return if self.start.is_file() { vec![self.start.clone()] } else { Vec::new() };
        };
        let entries =
            WalkDir::new(&self.start).follow_links(true).max_depth(self.depth).sort_by_file_name().into_iter();
        entries
            .filter_entry(|it| it.depth() == 0 || it.file_name() != ".git")
            .filter_map(Result::ok)
            .filter(|it| it.file_type().is_file())
            .filter(|it| it.path().strip_prefix(&self.start).is_ok_and(|path| matcher.is_match(path)))
            .map(walkdir::DirEntry::into_path)
            .collect()
    }
}

/// A file system may keep times in steps of two seconds.
///
/// <https://learn.microsoft.com/en-us/windows/win32/sysinfo/file-times>
pub(super) const COARSE: Duration = Duration::from_secs(2);

/// Others take theirs from a clock that ticks at least a hundred times a second.
const TICK: Duration = Duration::from_millis(20);

/// When a file was written, and what else changes when it is.
#[derive(Clone, Debug, PartialEq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    /// A file that replaces another one is another file.
    number: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let metadata = fs::metadata(path).ok()?;
        Some(Stamp { modified: metadata.modified().ok()?, length: metadata.len(), number: number(&metadata) })
    }

    /// From when on what is written surely gets a later time.
    fn next(&self) -> Option<SystemTime> {
        let fraction = self.modified.duration_since(SystemTime::UNIX_EPOCH).ok()?.subsec_nanos();
        self.modified.checked_add(if fraction == 0 { COARSE } else { TICK })
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_metadata: &Metadata) -> u64 {
    0
}

/// The result files before an attempt.
#[derive(Debug)]
pub(super) struct Snapshot {
    files: HashMap<PathBuf, Stamp>,
    start: SystemTime,
}

impl Snapshot {
    /// Whether the file was written since: it is new or another one than before, and no older copy.
    pub(super) fn is_fresh(&self, file: &Match) -> bool {
        let Some(stamp) = Stamp::of(&file.real) else { return false };
        self.files.get(&file.real) != Some(&stamp) && stamp.modified + COARSE >= self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(base: &Path, patterns: &[&str]) -> Vec<String> {
        let texts: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Patterns::new(base, &texts).unwrap().find().files.into_iter().map(|it| it.name).collect()
    }

    fn directory(files: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        directory
    }

    #[test]
    fn stars_stay_in_their_directory_and_double_stars_do_not() {
        let it = directory(&["a.xml", "b/a.xml", "b/.c/a.xml", "b/a.txt", ".git/a.xml", "r[1].xml"]);
        assert_eq!(names(it.path(), &["*.xml"]), ["a.xml", "r[1].xml"]);
        assert_eq!(names(it.path(), &["**/a.xml"]), ["a.xml", "b/.c/a.xml", "b/a.xml"]);
        assert_eq!(names(it.path(), &["./b/*.{xml,txt}"]), ["b/a.txt", "b/a.xml"]);
        assert_eq!(names(it.path(), &["r[1].xml"]), ["r[1].xml"]);
        assert_eq!(names(it.path(), &["b/../a.xml"]).len(), 1);
        assert!(Patterns::new(it.path(), &["a[".to_owned()]).unwrap_err().contains("`a[`"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "somebody else may hand over such a path")]
    fn the_directory_is_no_pattern() {
        let it = directory(&["{a}[b]/c/r.xml", "d/r.xml"]);
        let base = it.path().join("{a}[b]");
        assert_eq!(names(&base, &["**/*.xml"]), ["c/r.xml"]);
        assert_eq!(names(&base, &["../d/*.xml"]), ["../d/r.xml"]);
        let real = fs::canonicalize(&base).unwrap();
        assert_eq!(names(&real, &["c/*.xml"]), ["c/r.xml"], "the real path may begin with `\\\\?\\`");
        let elsewhere = names(&base, &[it.path().join("d/*.xml").to_str().unwrap()]);
        assert_eq!(elsewhere, [slashed(&it.path().join("d/r.xml"))]);
    }

    #[cfg(windows)]
    #[test]
    fn both_separators_of_windows_separate() {
        let it = directory(&["a/b/c.xml"]);
        for pattern in [r"a\b\c.xml", r"a\*\*.xml", r"**\c.xml", r"a/b\*.xml", r".\a\**\*.xml"] {
            assert_eq!(names(it.path(), &[pattern]), ["a/b/c.xml"], "{pattern}");
        }
    }

    #[test]
    fn a_file_counts_once() {
        let it = directory(&["b/a.xml"]);
        let absolute = it.path().join("b/a.xml");
        assert_eq!(names(it.path(), &["b/*.xml", "**/*.xml", absolute.to_str().unwrap()]), ["b/a.xml"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let it = directory(&["real/a.xml"]);
        std::os::unix::fs::symlink("real", it.path().join("link")).unwrap();
        std::os::unix::fs::symlink("..", it.path().join("real/up")).unwrap();
        assert_eq!(names(it.path(), &["link/*.xml"]), ["link/a.xml"]);
        assert_eq!(names(it.path(), &["**/*.xml"]).len(), 1);
    }

    #[test]
    fn what_matches_nothing_is_named() {
        let it = directory(&["a.xml"]);
        let texts = ["no/*.xml", "b.xml", "a.xml"].map(str::to_owned);
        let missing = Patterns::new(it.path(), &texts).unwrap().find().missing;
        let missing: Vec<_> = missing.iter().map(|it| (it.pattern.as_str(), it.literal)).collect();
        assert_eq!(missing, [("no/*.xml", false), ("b.xml", true)]);
    }

    #[test]
    fn only_what_was_written_since_is_fresh() {
        let it = directory(&["old.xml", "again.xml", "renamed.xml"]);
        let patterns = Patterns::new(it.path(), &["*.xml".to_owned()]).unwrap();
        let snapshot = patterns.snapshot();
        fs::write(it.path().join("again.xml"), "x").unwrap();
        fs::write(it.path().join("new.xml"), "x").unwrap();
        let ancient = fs::File::create(it.path().join("ancient.xml")).unwrap();
        ancient.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        let fresh = |it: &&Match| snapshot.is_fresh(it);
        let found = patterns.find().files;
        let names: Vec<_> = found.iter().filter(fresh).map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["again.xml", "new.xml"]);
    }
}
