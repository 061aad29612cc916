//! The legs of a matrix: product of the axes, less the excludes, merged with the includes.

use indexmap::{IndexMap, IndexSet};

/// One combination of values, by axis.
pub type Combination = IndexMap<String, String>;

/// The matrix of a job, not yet expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Values by axis, in spec order.
    pub axes: IndexMap<String, Vec<String>>,
    /// Values to add to combinations, or combinations to add.
    pub include: Vec<Combination>,
    /// Combinations to leave out; each matches every combination that has its values.
    pub exclude: Vec<Combination>,
    /// Whether the first leg that fails cancels the others.
    pub fail_fast: bool,
    /// How many legs run at the same time.
    pub max_parallel: Option<u32>,
}

impl Matrix {
    /// How many combinations the axes have, before excludes and includes.
    pub fn product_size(&self) -> usize {
        if self.axes.is_empty() {
            return 0;
        }
        self.axes.values().fold(1, |size, values| size.saturating_mul(values.len()))
    }

    /// The combinations of the axes alone, the last axis changing fastest.
    pub fn product(&self) -> Vec<Combination> {
        if self.axes.is_empty() {
            return Vec::new();
        }
        self.axes.iter().fold(vec![Combination::new()], |combinations, (axis, values)| {
            combinations
                .iter()
                .flat_map(|combination| {
                    values.iter().map(|value| {
                        let mut longer = combination.clone();
                        longer.insert(axis.clone(), value.clone());
                        longer
                    })
                })
                .collect()
        })
    }

    /// The legs' values, as GitHub computes them.
    ///
    /// Excludes come first. Then each include is added to every combination of the axes whose values it does not
    /// overwrite; one that fits nowhere becomes a combination of its own. Values that an include added may be
    /// overwritten by a later one, values of an axis never.
    ///
    /// <https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations>
    pub fn combinations(&self) -> Vec<Combination> {
        let mut originals = self.product();
        originals.retain(|combination| !self.exclude.iter().any(|exclude| matches(exclude, combination)));
        let mut added = Vec::new();
        for include in &self.include {
            let mut fits = false;
            for combination in &mut originals {
                let overwrites = include
                    .iter()
                    .any(|(key, value)| self.axes.contains_key(key) && combination.get(key) != Some(value));
                if !overwrites {
                    fits = true;
                    combination.extend(include.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
            }
            if !fits {
                added.push(include.clone());
            }
        }
        originals.append(&mut added);
        originals
    }

    /// Every key that some leg has: the axes first, then what includes add.
    pub fn keys(&self) -> IndexSet<String> {
        self.axes.keys().chain(self.include.iter().flat_map(|include| include.keys())).cloned().collect()
    }
}

/// Whether `combination` has all the values of `exclude`.
pub(super) fn matches(exclude: &Combination, combination: &Combination) -> bool {
    exclude.iter().all(|(key, value)| combination.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combination(pairs: &[(&str, &str)]) -> Combination {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn axis(values: &[&str]) -> Vec<String> {
        values.iter().map(|it| (*it).to_owned()).collect()
    }

    /// The worked example of GitHub's documentation.
    #[test]
    fn includes_follow_the_documented_example() {
        let matrix = Matrix {
            axes: IndexMap::from([
                ("fruit".to_owned(), axis(&["apple", "pear"])),
                ("animal".to_owned(), axis(&["cat", "dog"])),
            ]),
            include: vec![
                combination(&[("color", "green")]),
                combination(&[("color", "pink"), ("animal", "cat")]),
                combination(&[("fruit", "apple"), ("shape", "circle")]),
                combination(&[("fruit", "banana")]),
                combination(&[("fruit", "banana"), ("animal", "cat")]),
            ],
            ..Matrix::default()
        };
        let expected = vec![
            combination(&[("fruit", "apple"), ("animal", "cat"), ("color", "pink"), ("shape", "circle")]),
            combination(&[("fruit", "apple"), ("animal", "dog"), ("color", "green"), ("shape", "circle")]),
            combination(&[("fruit", "pear"), ("animal", "cat"), ("color", "pink")]),
            combination(&[("fruit", "pear"), ("animal", "dog"), ("color", "green")]),
            combination(&[("fruit", "banana")]),
            combination(&[("fruit", "banana"), ("animal", "cat")]),
        ];
        assert_eq!(matrix.combinations(), expected);
    }

    #[test]
    fn a_leg_can_be_excluded_and_included_again() {
        let matrix = Matrix {
            axes: IndexMap::from([("os".to_owned(), axis(&["linux", "windows"]))]),
            exclude: vec![combination(&[("os", "windows")])],
            include: vec![combination(&[("os", "windows"), ("slow", "true")])],
            ..Matrix::default()
        };
        let expected = vec![combination(&[("os", "linux")]), combination(&[("os", "windows"), ("slow", "true")])];
        assert_eq!(matrix.combinations(), expected);
    }
}
