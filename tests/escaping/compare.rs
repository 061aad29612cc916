//! What a system sees against what the spec says, scripts by running them.

use std::collections::BTreeMap;

use ci_gen::SystemId;

use super::{
    places::{self, Place, Texts},
    refusals,
    shell::Machine,
    Seen,
};

/// The first difference, with both sides and the files.
pub fn compare(texts: &Texts, system: SystemId, seen: &Seen, files: &BTreeMap<String, String>) -> Result<(), String> {
    let all: String = files.values().map(String::as_str).collect::<Vec<_>>().join("\n");
    let differ = |what: &str, seen: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug| {
        Err(format!("{what}\nseen:   {seen:?}\nwanted: {wanted:?}\n{all}"))
    };
    // Commands, variables, matrix values and inputs, as the shell sees them.
    let machine = Machine::new();
    for (path, text) in &seen.files {
        machine.file(path, text);
    }
    for job in ["plain", "legs", "docked"] {
        let scripts =
            seen.jobs.get(job).ok_or_else(|| format!("there is no job {job}: {:?}\n{all}", seen.jobs.keys()))?;
        for script in scripts {
            machine.run(script).map_err(|error| format!("{job}: {error}\n{all}"))?;
        }
    }
    let written = machine.written();
    for (name, wanted) in places::expected(texts) {
        if written.get(&name) != Some(&wanted) {
            return differ(&name, &written.get(&name), &wanted);
        }
    }
    // Comments: that nothing of them is code is seen by everything else here.
    for (n, text) in texts.of(Place::Description) {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        if let Some(word) = words.into_iter().find(|it| !all.contains(it)) {
            return differ("Description", &n, &word);
        }
    }
    // Inputs, as a person sees them.
    for (n, default) in texts.of(Place::InputDefault) {
        if let Some(input) = seen.inputs.get(&format!("d{n}")) {
            if input.default != *default {
                return differ("InputDefault", &input.default, default);
            }
            let wanted = &texts.0[&Place::InputDescription][n];
            match &input.description {
                Some(description) if !refusals::same_description(system, description, wanted) => {
                    return differ("InputDescription", description, wanted);
                }
                _ => {}
            }
        } else if system != SystemId::Travis {
            return differ("an input", &seen.inputs.keys(), &n);
        }
    }
    for (n, option) in texts.of(Place::InputOption) {
        let options = seen.inputs.get(&format!("o{n}")).map(|it| &it.options);
        if options.is_some_and(|it| !it.is_empty() && !it.contains(option)) {
            return differ("InputOption", &options, option);
        }
    }
    // The service, started by the system or by a script.
    let calls = machine.docker();
    let started = calls.iter().find(|call| call[0] == "run" && call.iter().any(|it| it == "redis:7"));
    for (n, wanted) in texts.of(Place::ServiceEnv) {
        let name = format!("S{n}");
        let mut env: Vec<&str> =
            seen.service_env.iter().filter(|(key, _)| *key == name).map(|(_, value)| value.as_str()).collect();
        let calls = calls.iter().filter(|call| call[0] == "run").flatten();
        env.extend(calls.filter_map(|it| it.strip_prefix(&format!("{name}="))));
        if env != [wanted.as_str(); 2] {
            return differ("ServiceEnv", &env, wanted);
        }
    }
    if system != SystemId::Bitbucket {
        let wanted: Vec<String> = texts.of(Place::ServiceCommand).map(|(_, text)| text.clone()).collect();
        let command = seen.service_command.clone().or_else(|| {
            let call = started?;
            Some(call[call.iter().position(|it| it == "redis:7")? + 1..].to_vec())
        });
        if command.as_ref() != Some(&wanted) {
            return differ("ServiceCommand", &command, &wanted);
        }
    }
    let image = &texts.0[&Place::Image][0];
    if !seen.images.is_empty() && !seen.images.contains(image) {
        return differ("Image", &seen.images, image);
    }
    if let Some(name) = seen.name.as_ref().filter(|_| refusals::keeps_name(system)) {
        if *name != texts.0[&Place::Name][0] {
            return differ("Name", name, &texts.0[&Place::Name][0]);
        }
    }
    for (n, wanted) in texts.of(Place::Artifact) {
        if let Some(paths) = seen.artifacts.get(&format!("a{n}")) {
            if !paths.iter().any(|it| refusals::same_glob(it, wanted)) {
                return differ("Artifact", paths, wanted);
            }
        }
    }
    let wanted: Vec<&String> = texts.of(Place::Results).map(|(_, text)| text).collect();
    let same = wanted.iter().all(|it| seen.results.iter().any(|seen| refusals::same_glob(seen, it)));
    if !seen.results.is_empty() && !same {
        return differ("Results", &seen.results, &wanted);
    }
    Ok(())
}
