//! A spec with chosen texts in every place, and which text stands behind which part of it.

use std::collections::BTreeMap;

use ci_gen::SystemId;
use serde_json::{json, Map, Value};

/// A place in a spec that takes any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Name,
    Description,
    EnvTop,
    EnvJob,
    /// A command that has the text in single quotes.
    Run,
    /// A command that has it in double quotes.
    Double,
    /// A command that has it in a here document.
    Heredoc,
    Install,
    Matrix,
    /// A variable with the text before and behind a value.
    Around,
    InputDefault,
    InputOption,
    InputDescription,
    ServiceEnv,
    ServiceCommand,
    Image,
    Artifact,
    Results,
}

pub const PLACES: &[Place] = &[
    Place::Name,
    Place::Description,
    Place::EnvTop,
    Place::EnvJob,
    Place::Run,
    Place::Double,
    Place::Heredoc,
    Place::Install,
    Place::Matrix,
    Place::Around,
    Place::InputDefault,
    Place::InputOption,
    Place::InputDescription,
    Place::ServiceEnv,
    Place::ServiceCommand,
    Place::Image,
    Place::Artifact,
    Place::Results,
];

/// Stands where a text was refused.
pub const PLAIN: &str = "plain";

/// The texts of one spec: some for each place.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts(pub BTreeMap<Place, Vec<String>>);

impl Texts {
    /// The same texts everywhere, as far as a place takes several.
    pub fn everywhere(texts: &[String]) -> Self {
        let some = |place: &Place| {
            let one = matches!(place, Place::Name | Place::Image);
            let count = if one { 1 } else { texts.len() };
            (*place, texts[..count].to_vec())
        };
        Texts(PLACES.iter().map(some).collect())
    }

    /// Harmless texts everywhere but in one place.
    pub fn only(&self, place: Place, index: usize) -> Self {
        let mut texts = self.clone();
        for (at, list) in &mut texts.0 {
            for (number, text) in list.iter_mut().enumerate() {
                if (*at, number) != (place, index) {
                    *text = format!("{PLAIN}{number}");
                }
            }
        }
        texts
    }

    pub fn of(&self, place: Place) -> impl Iterator<Item = (usize, &String)> {
        self.0[&place].iter().enumerate()
    }
}

/// Text as a spec writes it where values are possible: what begins like a value is quoted.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        out.push_str(if rest[..at].ends_with('$') { "{{" } else { "{{ \"{{\" }}" });
        rest = &rest[at + 2..];
    }
    out + rest
}

/// A word of a POSIX shell.
pub fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn double(text: &str) -> String {
    let escaped = |c: char| if "\\\"$`".contains(c) { format!("\\{c}") } else { c.to_string() };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// The commands of the job `plain`, with the place that each belongs to.
pub fn run(texts: &Texts) -> Vec<(Place, usize, String)> {
    let mut lines = Vec::new();
    for (n, _) in texts.of(Place::EnvTop) {
        lines.push((Place::EnvTop, n, format!("printf %s \"$T{n}\" > out/EnvTop.{n}")));
    }
    for (n, _) in texts.of(Place::EnvJob) {
        lines.push((Place::EnvJob, n, format!("printf %s \"$J{n}\" > out/EnvJob.{n}")));
    }
    for (n, text) in texts.of(Place::Run) {
        lines.push((Place::Run, n, format!("printf %s {} > out/Run.{n}", word(text))));
    }
    for (n, text) in texts.of(Place::Double) {
        lines.push((Place::Double, n, format!("printf %s {} > out/Double.{n}", double(text))));
    }
    for (n, text) in texts.of(Place::Heredoc) {
        lines.push((Place::Heredoc, n, format!("cat > out/Heredoc.{n} <<'E_{n}'\n{text}\nE_{n}")));
    }
    lines
}

pub fn install(texts: &Texts) -> Vec<String> {
    texts.of(Place::Install).map(|(n, text)| format!("printf %s {} > out/Install.{n}", word(text))).collect()
}

/// What every file in `out` holds after the jobs `plain` and `legs`, by name.
pub fn expected(texts: &Texts) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for place in [Place::EnvTop, Place::EnvJob, Place::Run, Place::Double, Place::Install] {
        files.extend(texts.of(place).map(|(n, text)| (format!("{place:?}.{n}"), text.clone())));
    }
    files.extend(texts.of(Place::Heredoc).map(|(n, text)| (format!("Heredoc.{n}"), format!("{text}\n"))));
    for (n, text) in texts.of(Place::Matrix) {
        for name in ["MatrixVariable", "MatrixWord", "MatrixEnv"] {
            files.insert(format!("{name}.{n}"), text.clone());
        }
        files.insert(format!("MatrixInside.{n}"), format!("a{text}b"));
    }
    for (n, text) in texts.of(Place::InputDefault) {
        files.insert(format!("Input.{n}"), text.clone());
        files.insert(format!("InputEnv.{n}"), text.clone());
    }
    files.extend(texts.of(Place::InputOption).map(|(n, text)| (format!("Option.{n}"), text.clone())));
    for (n, text) in texts.of(Place::Around) {
        let (matrix, input) = (&texts.0[&Place::Matrix][n], &texts.0[&Place::InputDefault][n]);
        files.insert(format!("AroundMatrix.{n}"), format!("{text}{matrix}{text}"));
        files.insert(format!("AroundInput.{n}"), format!("{text}{input}{text}"));
    }
    files
}

/// The job that has a description.
fn described(n: usize) -> String {
    let jobs = ["plain", "legs", "docked", "pictured", "files"];
    jobs.get(n).map_or_else(|| format!("more{n}"), |it| (*it).to_owned())
}

/// The spec as TOML; `system` is its one target.
pub fn spec(texts: &Texts, system: SystemId) -> String {
    let list = |place: Place| -> Vec<String> { texts.of(place).map(|(_, text)| text.clone()).collect() };
    let table = |prefix: &str, place: Place| -> Map<String, Value> {
        texts.of(place).map(|(n, text)| (format!("{prefix}{n}"), json!(quoted(text)))).collect()
    };
    let mut inputs = Map::new();
    for (n, text) in texts.of(Place::InputDefault) {
        inputs.insert(format!("d{n}"), json!({ "default": text, "description": texts.0[&Place::InputDescription][n] }));
    }
    for (n, text) in texts.of(Place::InputOption) {
        inputs.insert(format!("o{n}"), json!({ "options": ["other one", text], "default": text }));
    }
    let mut env = Map::new();
    let mut test = Vec::new();
    for (n, _) in texts.of(Place::Matrix) {
        env.insert(format!("E{n}"), json!(format!("{{{{ matrix.m{n} }}}}")));
        test.push(format!("printf %s \"$MATRIX_M{n}\" > out/MatrixVariable.{n}"));
        test.push(format!("printf %s {{{{ matrix.m{n} }}}} > out/MatrixWord.{n}"));
        test.push(format!("printf %s \"a{{{{ matrix.m{n} }}}}b\" > out/MatrixInside.{n}"));
        test.push(format!("printf %s \"$E{n}\" > out/MatrixEnv.{n}"));
    }
    for (n, _) in texts.of(Place::InputDefault) {
        env.insert(format!("X{n}"), json!(format!("{{{{ input.d{n} }}}}")));
        test.push(format!("printf %s {{{{ input.d{n} }}}} > out/Input.{n}"));
        test.push(format!("printf %s \"$X{n}\" > out/InputEnv.{n}"));
    }
    for (n, _) in texts.of(Place::InputOption) {
        test.push(format!("printf %s {{{{ input.o{n} }}}} > out/Option.{n}"));
    }
    for (n, text) in texts.of(Place::Around) {
        let text = format!("{{{{ \"{}\" }}}}", text.replace('\\', "\\\\").replace('"', "\\\""));
        env.insert(format!("A{n}"), json!(format!("{text}{{{{ matrix.m{n} }}}}{text}")));
        env.insert(format!("B{n}"), json!(format!("{text}{{{{ input.d{n} }}}}{text}")));
        test.push(format!("printf %s \"$A{n}\" > out/AroundMatrix.{n}"));
        test.push(format!("printf %s \"$B{n}\" > out/AroundInput.{n}"));
    }
    let commands: Vec<String> = run(texts).iter().map(|(_, _, line)| quoted(line)).collect();
    let artifact = |(n, text): (usize, &String)| (format!("a{n}"), json!(quoted(text)));
    let mut spec = json!({
        "schema": 1,
        "name": quoted(&texts.0[&Place::Name][0]),
        "targets": system.key(),
        "on": { "push": true, "manual": { "inputs": inputs } },
        "env": table("T", Place::EnvTop),
        "service": {
            "db": {
                "image": "redis:7",
                "env": table("S", Place::ServiceEnv),
                "command": list(Place::ServiceCommand).iter().map(|it| quoted(it)).collect::<Vec<_>>(),
            },
            // Without arguments some systems start a service in another way.
            "plain": { "image": "redis:8", "env": table("S", Place::ServiceEnv) },
        },
        "job": {
            "plain": {
                "env": table("J", Place::EnvJob),
                "install": install(texts).iter().map(|it| quoted(it)).collect::<Vec<_>>(),
                "run": commands,
            },
            "legs": {
                "matrix": texts.of(Place::Matrix).map(|(n, it)| (format!("m{n}"), json!([quoted(it)]))).collect::<Map<_, _>>(),
                "env": env,
                "test": test,
            },
            "docked": { "services": ["db", "plain"], "run": "true" },
            "pictured": { "image": quoted(&texts.0[&Place::Image][0]), "run": "true" },
            "files": {
                "test": "true",
                "artifacts": texts.of(Place::Artifact).map(artifact).collect::<Map<_, _>>(),
                "results": list(Place::Results).iter().map(|it| quoted(it)).collect::<Vec<_>>(),
            },
        },
    });
    for (n, text) in texts.of(Place::Description) {
        let job = spec["job"].as_object_mut().unwrap().entry(described(n)).or_insert_with(|| json!({ "run": "true" }));
        job["description"] = json!(text);
    }
    if system == SystemId::Bitbucket {
        // It has no arguments for services.
        spec["service"]["db"].as_object_mut().unwrap().remove("command");
    }
    toml::to_string(&spec).unwrap()
}

/// Which texts a diagnostic's place speaks about: all below it.
pub fn meant(texts: &Texts, at: &str) -> Vec<(Place, usize)> {
    let mut all = Vec::new();
    let mut add = |place: Place, index: usize, path: String| {
        if path == at || path.starts_with(&format!("{at}/")) || at.starts_with(&format!("{path}/")) || at.is_empty() {
            all.push((place, index));
        }
    };
    for place in PLACES {
        for (n, _) in texts.of(*place) {
            let path = match place {
                Place::Name => "/name".to_owned(),
                Place::Description => format!("/job/{}/description", described(n)),
                Place::EnvTop => format!("/env/T{n}"),
                Place::EnvJob => format!("/job/plain/env/J{n}"),
                Place::Run | Place::Double | Place::Heredoc => {
                    let line = run(texts).iter().position(|(at, number, _)| (at, *number) == (place, n));
                    format!("/job/plain/run/{}", line.unwrap())
                }
                Place::Install => format!("/job/plain/install/{n}"),
                Place::Around => {
                    add(*place, n, format!("/job/legs/env/B{n}"));
                    format!("/job/legs/env/A{n}")
                }
                Place::Matrix => format!("/job/legs/matrix/m{n}"),
                Place::InputDefault => format!("/on/manual/inputs/d{n}/default"),
                Place::InputDescription => format!("/on/manual/inputs/d{n}/description"),
                Place::InputOption => format!("/on/manual/inputs/o{n}"),
                Place::ServiceEnv => {
                    add(*place, n, format!("/service/plain/env/S{n}"));
                    format!("/service/db/env/S{n}")
                }
                Place::ServiceCommand => format!("/service/db/command/{n}"),
                Place::Image => "/job/pictured/image".to_owned(),
                Place::Artifact => format!("/job/files/artifacts/a{n}"),
                Place::Results => format!("/job/files/results/{n}"),
            };
            add(*place, n, path);
        }
    }
    all
}
