//! A directory whose files are replaced whole, by one process at a time where they are changed.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// The file by which processes keep out of each other's way.
const LOCK: &str = ".lock";
/// Characters of a name.
const NAME: usize = 80;

/// A directory, made when something is written.
pub(super) struct Store {
    root: PathBuf,
}

impl Store {
    pub(super) fn new(root: PathBuf) -> Self {
        Store { root }
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Nobody else changes anything until what comes back is dropped.
    pub(super) fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.root)?;
        let file = File::options().create(true).truncate(false).write(true).open(self.path(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    /// The text of a file; nothing if there is none.
    pub(super) fn read(&self, file: &str) -> io::Result<Option<String>> {
        match fs::read(self.path(file)) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whoever reads sees all of it, or what was there before.
    pub(super) fn write(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace(file, |staged| staged.write_all(bytes))
    }

    pub(super) fn copy(&self, from: &Path, file: &str) -> io::Result<()> {
        let mut source = File::open(from)?;
        self.replace(file, |staged| io::copy(&mut source, staged).map(|_| ()))
    }

    fn replace(&self, file: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let path = self.path(file);
        let directory = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(directory)?;
        let mut staged = NamedTempFile::new_in(directory)?;
        fill(staged.as_file_mut())?;
        staged.persist(&path).map_err(|it| it.error)?;
        Ok(())
    }
}

/// A name as one that every file system takes; different names stay different.
pub(super) fn word(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let word: String = name.chars().take(NAME).map(plain).collect();
    if word == name && !word.is_empty() && !word.starts_with('.') && !word.ends_with('.') {
        return word;
    }
    let hash: String = Sha256::digest(name.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let (stem, end) = match word.rsplit_once('.') {
        Some((stem, end)) if !end.is_empty() && end.len() <= 8 => (stem, format!(".{end}")),
        _ => (word.as_str(), String::new()),
    };
    format!("{}-{hash}{end}", stem.trim_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_directory_and_apart() {
        assert_eq!(word("report.html"), "report.html");
        for name in ["", ".", "..", "../../etc/passwd", "a/b", "a:b", ".hidden", "ü😀\0", &"x".repeat(300)] {
            let word = word(name);
            assert!(!word.starts_with('.') && !word.contains(['/', '\\', ':', '\0']) && word.len() < 110, "{word}");
        }
        assert_ne!(word("a/b"), word("a:b"));
        assert!(word("a/b.png").ends_with(".png"));
    }
}
