//! Where in a spec something stands, as a JSON Pointer.

use std::fmt;

/// A place in a spec, such as `/job/unit/needs/0` (a JSON Pointer, RFC 6901).
///
/// ```
/// use ci_gen::diag::Place;
/// assert_eq!(Place::root().key("job").key("a/b").index(0).as_str(), "/job/a~1b/0");
/// assert_eq!(Place::root().key("job").key("unit").to_string(), "job.unit");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// The spec as a whole.
    pub fn root() -> Self {
        Place::default()
    }

    /// A pointer that is already written out.
    pub fn from_pointer(pointer: impl Into<String>) -> Self {
        Place(pointer.into())
    }

    /// One key further down.
    pub fn key(&self, key: &str) -> Self {
        Place(format!("{}/{}", self.0, key.replace('~', "~0").replace('/', "~1")))
    }

    /// One list element further down, counted from 0.
    pub fn index(&self, index: usize) -> Self {
        Place(format!("{}/{index}", self.0))
    }

    /// The pointer as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One step up; `None` at the root.
    pub fn parent(&self) -> Option<Place> {
        self.0.rfind('/').map(|at| Place(self.0[..at].to_owned()))
    }

    /// The unescaped segments from the root down.
    pub fn segments(&self) -> impl Iterator<Item = String> + '_ {
        self.0.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~"))
    }
}

impl fmt::Display for Place {
    /// Dotted, as TOML writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted: Vec<String> = self.segments().collect();
        f.write_str(&dotted.join("."))
    }
}
