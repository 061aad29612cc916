//! A plan as tools read it.

use serde_json::{json, Map, Value};

use super::{Job, Kind, Leg, Plan};

/// `{"jobs": [{"id", "kind", "needs", "legs": [{"id", "matrix", "runner", "image"?, "shard"?}]}]}`, in spec order.
///
/// A job's id is its name in the spec; `matrix` has the values that the leg has.
pub fn to_json(plan: &Plan) -> Value {
    let jobs: Vec<Value> = plan.jobs.iter().map(|job| self::job(plan, job)).collect();
    json!({ "jobs": jobs })
}

fn job(plan: &Plan, job: &Job) -> Value {
    let needs: Vec<&str> = job.needs.iter().map(|need| plan.jobs[*need].name.as_str()).collect();
    let kind = match job.kind {
        Kind::Run => "run",
        Kind::Test => "test",
    };
    let legs: Vec<Value> = job.legs.iter().map(leg).collect();
    json!({ "id": job.name, "kind": kind, "needs": needs, "legs": legs })
}

fn leg(leg: &Leg) -> Value {
    let mut map = Map::new();
    map.insert("id".into(), json!(leg.id));
    map.insert("matrix".into(), json!(leg.matrix));
    map.insert("runner".into(), json!(leg.runner));
    if let Some(image) = &leg.image {
        map.insert("image".into(), json!(image));
    }
    if let Some(shard) = leg.shard {
        map.insert("shard".into(), json!({ "index": shard.index, "total": shard.total }));
    }
    Value::Object(map)
}
