//! The legs read back from each output are the legs of the plan.

use std::collections::BTreeMap;

use ci_gen::{
    plan::{Expr, Plan},
    SystemId,
};

use crate::{
    examples::examples,
    readers::{self, Leg},
};

/// What the plan says each leg's commands see.
fn planned(plan: &Plan) -> Vec<Leg> {
    let mut legs: Vec<Leg> = plan
        .jobs
        .iter()
        .flat_map(|job| {
            job.legs.iter().map(|leg| {
                let mut env: BTreeMap<String, String> = leg
                    .matrix
                    .iter()
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(key, value)| (Expr::Matrix(key.clone()).variable().unwrap(), value.clone()))
                    .collect();
                if let Some(shard) = leg.shard {
                    env.insert("CI_GEN_SHARD_INDEX".to_owned(), shard.index.to_string());
                    env.insert("CI_GEN_SHARD_TOTAL".to_owned(), shard.total.to_string());
                }
                Leg { job: job.slug.clone(), env }
            })
        })
        .collect();
    legs.sort();
    legs
}

#[test]
fn outputs_have_the_legs_of_the_plan() {
    let mut compared = 0;
    for example in examples() {
        for system in SystemId::ALL {
            let files: BTreeMap<String, String> = example
                .generated
                .files
                .iter()
                .filter(|(id, _)| id == system)
                .map(|(_, file)| (file.path.clone(), file.text.clone()))
                .collect();
            if files.is_empty() {
                continue;
            }
            let mut legs = readers::legs(*system, &files);
            for leg in &mut legs {
                leg.job = leg.job.to_lowercase().replace('_', "-");
            }
            legs.retain(|leg| !example.raw.contains(&leg.job));
            legs.sort();
            assert_eq!(legs, planned(&example.plan), "{}, {system}", example.name);
            compared += 1;
        }
    }
    assert!(compared >= 30, "only {compared} outputs were compared");
}
