//! What should happen, without the name of any CI system.

mod text;

pub use self::text::{Expr, Part, Text, TextError};
