//! A provider of one's own: says in a chat how tests ended, through ci-gen's client and registry.
//!
//! ```sh
//! CHAT_URL=https://chat.example.com/hooks/ci CHAT_TOKEN=… cargo run --example provider -- test_results/report.json
//! ```
//!
//! Without the variables nothing is sent: the request that would be made is printed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own prints what it has to say")]

use std::{collections::BTreeMap, env, error, fs};

use async_trait::async_trait;
use ci_gen::{
    context::{Context, Env},
    net::{Api, Body, Client, Config, Dialect, Error, HeaderName, HeaderValue, Kind, Mode, Request, Secrets},
    providers::{BuildStatus, Capability, Provider, Registry, Setting, State},
    publish::{Asked, Event, Names, Observer, Observers, Publisher, Thing},
    report::{Report, TestRunResult},
};
use serde_json::json;

/// How the chat speaks: who it is and how it is told who asks. What its answers mean is what HTTP says.
struct Chat {
    token: String,
}

impl Dialect for Chat {
    fn vendor(&self) -> &str {
        "the chat"
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&format!("Bearer {}", self.token)).ok()?;
        Some((HeaderName::from_static("authorization"), value))
    }
}

/// Says statuses in a room.
struct Room {
    api: Api,
}

impl Room {
    fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let url = setting.env.get("CHAT_URL").ok_or_else(|| {
            Error::new(Kind::Configuration, "publish in the chat", "the chat").words("there is no address in CHAT_URL")
        })?;
        let chat = Chat { token: setting.token("CHAT_TOKEN", "the chat")? };
        Ok(Box::new(Room { api: Api::new(setting.client.clone(), chat, url)? }))
    }
}

#[async_trait]
impl Provider for Room {
    fn name(&self) -> &str {
        "chat"
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability::Statuses]
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let mark = match status.state {
            State::Pending => return Ok(()),
            State::Success => "✅",
            State::Failure | State::Error => "❌",
        };
        let body = json!({ "text": format!("{mark} {}: {}", status.name, status.description), "link": status.url });
        self.api.send(Request::post(self.api.url([]), Body::Json(body), "tell the room")).await.map(|_| ())
    }
}

/// Watches what happens.
struct Log;

impl Observer for Log {
    fn event(&self, event: &Event) {
        eprintln!("event: {}", event.name());
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let report: Report = match env::args().nth(1) {
        Some(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
        None => Report::default(),
    };
    let mut variables: BTreeMap<String, String> = env::vars().collect();
    let dry = !variables.contains_key("CHAT_URL");
    variables.entry("CHAT_URL".to_owned()).or_insert("https://chat.example.com/hooks/ci".to_owned());
    variables.entry("CHAT_TOKEN".to_owned()).or_insert("no-token".to_owned());
    let mode = if dry { Mode::Dry } else { Mode::Wire };
    let client = Client::new(Config { mode, secrets: Secrets::new([&variables["CHAT_TOKEN"]]), ..Config::default() })?;

    let mut registry = Registry::builtin();
    registry.register("chat", Room::make);
    let (env, context) = (Env::from_iter(variables), Context::default());
    let provider = registry.create("chat", &Setting { env: &env, context: &context, client: &client, api: None })?;

    let mut observers = Observers::default();
    observers.add(Log);
    let mut publisher = Publisher::new(client.clone(), vec![provider], Vec::new())
        .wanting(BTreeMap::from([(Thing::Status, Asked::ByName)]))
        .called(Names::of(&report, "acme", None), report.run.url.clone());
    let outcome = publisher.finish(&report).await;
    let things = outcome.published.iter().map(|it| it.thing).collect();
    observers.tell(&Event::RunFinished {
        result: TestRunResult::from(&report),
        run: report.run.clone(),
        reasons: report.verdict.reasons.clone(),
        reports: Vec::new(),
    });
    observers.tell(&Event::Published { things, notes: outcome.notes() });
    for request in client.planned() {
        println!("{request}");
    }
    for note in outcome.notes() {
        eprintln!("warning: {}", note.message);
    }
    Ok(())
}
