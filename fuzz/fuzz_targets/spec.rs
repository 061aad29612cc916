//! Any text as a spec: it is loaded or refused, and what loads is planned and rendered, without a panic.
#![no_main]

use std::sync::OnceLock;

use ci_gen::{diag, plan, spec, systems, SystemId};
use libfuzzer_sys::fuzz_target;

static SCHEMA: OnceLock<spec::Schema> = OnceLock::new();

fuzz_target!(|text: &str| {
    let schema = SCHEMA.get_or_init(|| systems::schema().unwrap());
    let Ok(loaded) = spec::load(text, schema) else { return };
    let (plan, problems) = plan::build(&loaded.spec);
    if !diag::has_errors(&problems) {
        systems::generate(&loaded.spec, &plan, SystemId::ALL, "ci-gen.toml");
    }
});
