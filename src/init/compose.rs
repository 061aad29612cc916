//! Compose files: the databases and queues that tests talk to, and how the repository's own containers find them.

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    broken::{self, Form},
    folder::Folder,
    text::{is_path, slug},
    Findings, FoundService,
};
use crate::{
    files::Tree,
    spec::{OneOrMany, Port, Scalar, Service},
};

/// In the order in which Compose looks for them: <https://docs.docker.com/compose/intro/compose-application-model/>.
const NAMES: &[&str] = &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// A kind of service that tests talk to.
struct Kind {
    /// How images are called, without registry and tag.
    images: &'static [&'static str],
    port: u16,
    ready: Option<&'static str>,
    /// Without it the container does not start.
    required: Option<(&'static str, &'static str)>,
    /// Parts of the names of client packages.
    clients: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind {
        images: &["postgres", "postgresql", "postgis", "timescaledb", "pgvector"],
        port: 5432,
        ready: Some("pg_isready -U postgres"),
        required: Some(("POSTGRES_PASSWORD", "test")),
        clients: &[
            "psycopg", "asyncpg", "pg8000", "\"pg\"", "postgres", "sqlx", "pgx", "lib/pq", "npgsql", "pgsql", "'pg'",
            "prisma", "typeorm",
        ],
    },
    Kind {
        images: &["mysql"],
        port: 3306,
        ready: Some("mysqladmin ping -h 127.0.0.1 --silent"),
        required: Some(("MYSQL_ROOT_PASSWORD", "test")),
        clients: &["mysql", "mariadb", "sqlx", "prisma", "typeorm"],
    },
    Kind {
        images: &["mariadb"],
        port: 3306,
        ready: Some("healthcheck.sh --connect --innodb_initialized"),
        required: Some(("MARIADB_ROOT_PASSWORD", "test")),
        clients: &["mysql", "mariadb", "sqlx", "prisma", "typeorm"],
    },
    Kind {
        images: &["redis"],
        port: 6379,
        ready: Some("redis-cli ping"),
        required: None,
        clients: &["redis", "celery", "sidekiq", "bullmq", "jedis", "lettuce"],
    },
    Kind {
        images: &["valkey"],
        port: 6379,
        ready: Some("valkey-cli ping"),
        required: None,
        clients: &["redis", "valkey", "celery", "sidekiq", "bullmq"],
    },
    Kind {
        images: &["mongo", "mongodb"],
        port: 27017,
        ready: Some("mongosh --quiet --eval 'db.adminCommand(\"ping\")'"),
        required: None,
        clients: &["mongo", "prisma", "typeorm"],
    },
    Kind {
        images: &["rabbitmq"],
        port: 5672,
        ready: Some("rabbitmq-diagnostics -q ping"),
        required: None,
        clients: &["rabbit", "amqp", "pika", "bunny", "celery", "kombu", "lapin"],
    },
    Kind {
        images: &["elasticsearch", "opensearch"],
        port: 9200,
        ready: Some("curl -fsS http://localhost:9200/_cluster/health"),
        required: None,
        clients: &["elastic", "opensearch"],
    },
    Kind { images: &["memcached"], port: 11211, ready: None, required: None, clients: &["memcache", "dalli"] },
    Kind { images: &["nats"], port: 4222, ready: None, required: None, clients: &["nats"] },
];

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    for folder in Folder::with(tree, |name| NAMES.contains(&name)) {
        let Some(name) = folder.first(NAMES) else { continue };
        let file = folder.join(name);
        let Some(document) = folder.yaml(name) else {
            broken::note(folder, name, Form::Yaml, findings);
            continue;
        };
        if let Some(services) = document.get("services").and_then(Value::as_object) {
            let mut found = Vec::new();
            for (name, service) in services {
                found.extend(one(name, service, &file, findings));
            }
            for service in services.values() {
                point(service, &mut found);
            }
            for (_, service) in found {
                if !findings.services.iter().any(|it| it.name == service.name) {
                    findings.services.push(service);
                }
            }
        }
    }
}

/// A service that tests may need, with its host name in the Compose file.
fn one(host: &str, service: &Value, file: &str, findings: &mut Findings) -> Option<(String, FoundService)> {
    let shown = slug(host);
    if service.get("build").is_some() {
        findings.left_out(format!("the service {shown} is built from the repository ({file})"));
        return None;
    }
    let image = literal(service.get("image")?.as_str()?);
    let Some(image) = image.filter(|it| is_path(it)) else {
        findings.left_out(format!("the service {shown} has no literal image ({file})"));
        return None;
    };
    let base = image.split('@').next()?.rsplit('/').next()?.split(':').next()?.to_owned();
    let Some(kind) = KINDS.iter().find(|kind| kind.images.contains(&base.as_str())) else {
        findings.left_out(format!(
            "the service {shown} ({image}) is no database or queue that tests usually need ({file})"
        ));
        return None;
    };
    if shown.is_empty() {
        return None;
    }
    let mut env: IndexMap<String, Scalar> = environment(service)
        .into_iter()
        .filter(|(key, _)| is_variable(key) || base == "elasticsearch")
        .map(|(key, value)| (setting(&key), Scalar::Text(value)))
        .filter(|(key, _)| is_variable(key))
        .collect();
    if let Some((key, value)) = kind.required {
        let lets_in = env.keys().any(|it| it.contains("PASSWORD") || it == "POSTGRES_HOST_AUTH_METHOD");
        if !lets_in {
            findings.guessed(format!("the service {shown}: {key} is `{value}`, as {file} has no literal value"));
            env.insert(key.to_owned(), Scalar::Text(value.to_owned()));
        }
    }
    findings.found(format!("the service {shown}: {image} ({file})"));
    let user = env.get("POSTGRES_USER").map(Scalar::text).filter(|it| super::text::is_word(it));
    let ready = health(service).or_else(|| {
        kind.ready.map(|it| it.replace("-U postgres", &format!("-U {}", user.as_deref().unwrap_or("postgres"))))
    });
    let service = Service {
        image,
        env: (!env.is_empty()).then_some(env),
        port: Some(OneOrMany::One(Port(kind.port))),
        ready,
        command: arguments(service).map(OneOrMany::Many),
    };
    let from = file.to_owned();
    Some((host.to_owned(), FoundService { name: shown, service, from, clients: kind.clients, env: Vec::new() }))
}

/// A setting of Elasticsearch as a variable that every shell and system takes:
/// <https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-elasticsearch-docker-configure>.
fn setting(key: &str) -> String {
    match is_variable(key) {
        true => key.to_owned(),
        false => format!("ES_SETTING_{}", key.replace('_', "__").replace('.', "_").to_uppercase()),
    }
}

/// A name that jobs and containers take; those that ci-gen sets itself are not the repository's.
fn is_variable(key: &str) -> bool {
    !["CI_GEN_", "MATRIX_", "INPUT_"].iter().any(|it| key.starts_with(it))
        && !key.is_empty()
        && key.len() <= 64
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A text without variables; `${NAME:-default}` stands for its default.
fn literal(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (inside, after) = rest.strip_prefix('{')?.split_once('}')?;
        let (_, default) = inside.split_once(":-").or_else(|| inside.split_once('-'))?;
        out.push_str(default);
        rest = after;
    }
    out.push_str(rest);
    let fine = !out.contains("{{") && !out.chars().any(char::is_control) && out.len() < 1000;
    fine.then_some(out)
}

/// The literal variables of a service, in either of the two forms that Compose takes.
fn environment(service: &Value) -> Vec<(String, String)> {
    let scalar = |value: &Value| match value {
        Value::String(text) => literal(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    match service.get("environment") {
        Some(Value::Object(map)) => map.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|it| it.as_str()?.split_once('='))
            .filter_map(|(key, value)| Some((key.to_owned(), literal(value)?)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The command of the health check, as a line for a shell.
fn health(service: &Value) -> Option<String> {
    let line = match service.get("healthcheck")?.get("test")? {
        Value::String(line) => line.clone(),
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                ["CMD-SHELL", line] => (*line).to_owned(),
                ["CMD", words @ ..] if words.iter().all(|it| !it.contains([' ', '"', '\'', '$', '&', '|', ';'])) => {
                    words.join(" ")
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    literal(&line.replace("$$", "$")).filter(|it| !it.is_empty() && !it.contains('$'))
}

fn arguments(service: &Value) -> Option<Vec<String>> {
    let words: Vec<String> = match service.get("command")? {
        Value::String(line) if !line.contains(['"', '\'', '\\']) => {
            line.split_whitespace().map(str::to_owned).collect()
        }
        Value::Array(list) => list.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        _ => return None,
    };
    let words: Option<Vec<String>> = words.iter().map(|it| literal(it)).collect();
    words.filter(|it| !it.is_empty() && it.iter().all(|word| !word.is_empty()))
}

/// Takes over the variables by which a container of the repository finds the services.
fn point(own: &Value, found: &mut [(String, FoundService)]) {
    let variables = environment(own);
    for (host, service) in found {
        let name = service.name.clone();
        let port = match &service.service.port {
            Some(ports) => ports.as_slice().first().map_or(0, |it| it.0),
            None => continue,
        };
        let (host_value, port_value) =
            (format!("{{{{ service.{name}.host }}}}"), format!("{{{{ service.{name}.port }}}}"));
        let both = format!("{host_value}:{port_value}");
        let named: Vec<&str> = variables.iter().filter(|(_, it)| it == host).map(|(key, _)| key.as_str()).collect();
        for (key, value) in variables.iter().filter(|(key, _)| is_variable(key)) {
            let address = format!("{host}:{port}");
            let partner =
                |it: &&str| it.ends_with("HOST") && key.ends_with("PORT") && it[..it.len() - 4] == key[..key.len() - 4];
            let pointed = if value == host {
                host_value.clone()
            } else if *value == port.to_string() && named.iter().any(partner) {
                port_value.clone()
            } else if [format!("@{address}"), format!("//{address}")].iter().any(|it| value.contains(it.as_str()))
                || *value == address
            {
                value.replacen(&address, &both, 1)
            } else if value.contains(&format!("@{host}/")) {
                value.replacen(&format!("@{host}/"), &format!("@{both}/"), 1)
            } else if value.contains(&format!("//{host}/")) {
                value.replacen(&format!("//{host}/"), &format!("//{both}/"), 1)
            } else {
                continue;
            };
            if !service.env.iter().any(|(it, _)| it == key) {
                service.env.push((key.clone(), pointed));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn only_literal_values_count() {
        assert_eq!(literal("postgres:16").as_deref(), Some("postgres:16"));
        assert_eq!(literal("postgres:${TAG:-16}-alpine").as_deref(), Some("postgres:16-alpine"));
        assert_eq!(literal("a$$b").as_deref(), Some("a$b"));
        for text in ["${TAG}", "$TAG", "${TAG:?missing}", "{{ x }}", "a\nb"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }
}
