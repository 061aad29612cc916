//! The client against servers that misbehave.

use std::{
    future::Future,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    pin::Pin,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::header::{HeaderName, HeaderValue, AUTHORIZATION};
use serde_json::json;

use super::*;

/// A clock that nobody waits for.
#[derive(Default)]
struct Virtual {
    slept: Mutex<Vec<Duration>>,
}

impl Clock for Virtual {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000) + self.slept.lock().unwrap().iter().sum::<Duration>()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.slept.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

struct Vendor {
    gap: Duration,
}

impl Dialect for Vendor {
    fn vendor(&self) -> &str {
        "Vendor"
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((AUTHORIZATION, HeaderValue::from_static("Bearer marker-token")))
    }

    fn gap(&self) -> Duration {
        self.gap
    }
}

/// Answers every connection with the next of these texts; an empty one hangs up. What was asked is kept.
fn server(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    thread::spawn(move || {
        for (stream, answer) in listener.incoming().zip(answers) {
            let mut stream = stream.unwrap();
            log.lock().unwrap().push(request(&mut stream));
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, asked)
}

fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap_or(0);
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if read == 0 {
                return text;
            }
            continue;
        };
        let length = head.lines().find_map(|it| it.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

fn says(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn api(address: &str, config: Config) -> (Api, Arc<Virtual>) {
    let clock = Arc::new(Virtual::default());
    let config = Config { clock: clock.clone(), secrets: Secrets::new(["marker-token"]), ..config };
    let client = Client::new(config).unwrap();
    (Api::new(client, Vendor { gap: Duration::from_secs(1) }, address).unwrap(), clock)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn slept(clock: &Virtual) -> Vec<u128> {
    clock.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
}

#[test]
fn a_read_is_tried_again_until_it_is_answered() {
    let cut = "HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{\"a\"";
    let answers =
        vec![String::new(), says(502, "", "<h1>Bad Gateway</h1>"), cut.to_owned(), says(200, "", "{\"a\":1}")];
    let (address, asked) = server(answers);
    let (api, clock) = api(&address, Config::default());
    let answer = run(api.get(api.url(["x"]), "look at x")).unwrap();
    assert_eq!(answer.json(), json!({ "a": 1 }));
    assert_eq!(asked.lock().unwrap().len(), 4);
    assert_eq!(slept(&clock), [375, 750, 1500]);
    assert_eq!(api.client().requests(), 4);
}

#[test]
fn the_servers_time_to_wait_counts() {
    let answers = vec![says(429, "retry-after: 7\r\n", "Retry later"), says(201, "", "{}")];
    let (address, asked) = server(answers);
    let (api, clock) = api(&address, Config::default());
    run(api.send(Request::post(api.url(["x"]), Body::Json(json!({})), "create x"))).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert_eq!(slept(&clock), [7125]);
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let (address, asked) = server(vec![says(429, "retry-after: 3600\r\n", "Retry later")]);
    let (api, clock) = api(&address, Config::default());
    let error = run(api.get(api.url(["x"]), "look at x")).unwrap_err();
    assert_eq!((error.kind, error.status, asked.lock().unwrap().len()), (Kind::RateLimit, Some(429), 1));
    assert_eq!(error.to_string(), "cannot look at x: Vendor answered 429: Retry later");
    assert!(slept(&clock).is_empty());
}

#[test]
fn what_may_have_been_created_is_not_sent_again() {
    for (answer, kind) in [(String::new(), Kind::Connection), (says(500, "", "{}"), Kind::Connection)] {
        let (address, asked) = server(vec![answer, says(201, "", "{}")]);
        let (api, _) = api(&address, Config::default());
        let error = run(api.send(Request::post(api.url(["x"]), Body::Empty, "create x"))).unwrap_err();
        assert_eq!((error.kind, error.unsure, asked.lock().unwrap().len()), (kind, true, 1));
    }
}

#[test]
fn nobody_there_is_said_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (api, _) = api(&address, Config::default());
    let request = Request::post(api.url(["x"]), Body::Empty, "create x");
    let error = run(api.send(request)).unwrap_err();
    assert_eq!((error.kind, error.unsure, api.client().requests()), (Kind::Connection, false, 5));
    assert!(error.to_string().starts_with("cannot create x: 127.0.0.1: "), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[test]
fn credentials_go_to_the_vendors_own_place_alone() {
    let (other, asked_there) = server(vec![says(200, "", "{\"from\":\"there\"}")]);
    let (address, asked) = server(vec![says(302, &format!("location: {other}/file\r\n"), "")]);
    let (api, _) = api(&address, Config::default());
    let answer = run(api.get(api.url(["x"]), "fetch x")).unwrap();
    assert_eq!(answer.json(), json!({ "from": "there" }));
    assert!(asked.lock().unwrap()[0].contains("marker-token"));
    assert!(!asked_there.lock().unwrap()[0].contains("marker-token"));
    assert!(!api.client().archive().to_string().contains("marker-token"));
}

#[test]
fn writes_do_not_go_along_to_other_places() {
    let (other, asked_there) = server(vec![says(200, "", "{}")]);
    let (address, _) = server(vec![says(307, &format!("location: {other}/x\r\n"), "")]);
    let (api, _) = api(&address, Config::default());
    let error = run(api.send(Request::put(api.url(["x"]), Body::Empty, "write x"))).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
    assert!(asked_there.lock().unwrap().is_empty());
}

#[test]
fn writes_follow_a_rename_at_the_same_place() {
    let (address, asked) = server(vec![says(307, "location: /repositories/7/x\r\n", ""), says(201, "", "{\"id\":1}")]);
    let (api, _) = api(&address, Config::default());
    run(api.send(Request::post(api.url(["x"]), Body::Json(json!({ "a": 1 })), "create x"))).unwrap();
    let asked = asked.lock().unwrap();
    assert!(asked[1].starts_with("POST /repositories/7/x ") && asked[1].ends_with("{\"a\":1}"), "{}", asked[1]);
    assert!(asked[1].contains("marker-token"));
}

#[test]
fn the_page_of_a_proxy_is_no_answer() {
    let page = "<html><head><title>Sign in to the network</title></head></html>";
    let (address, asked) = server(vec![says(200, "content-type: text/html\r\n", page)]);
    let (api, _) = api(&address, Config::default());
    let error = run(api.get(api.url(["x"]), "look at x")).unwrap_err();
    assert_eq!((error.kind, asked.lock().unwrap().len()), (Kind::Configuration, 1));
    assert!(error.to_string().contains("`Sign in to the network`"), "{error}");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let head = "HTTP/1.1 200 x\r\nconnection: close\r\n\r\n".to_owned();
    let (address, _) = server(vec![head + &" ".repeat(17 * 1024 * 1024)]);
    let (api, _) = api(&address, Config::default());
    let error = run(api.get(api.url(["x"]), "look at x")).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
    assert!(error.to_string().contains("longer than 16 MiB"), "{error}");
}

#[test]
fn writes_keep_their_distance() {
    let (address, _) = server(vec![says(200, "", "{}"); 4]);
    let (api, clock) = api(&address, Config::default());
    run(async {
        for _ in 0..3 {
            api.send(Request::put(api.url(["x"]), Body::Empty, "write x")).await.unwrap();
        }
        api.get(api.url(["x"]), "look at x").await.unwrap();
    });
    assert_eq!(slept(&clock), [1000, 1000]);
}

#[test]
fn pages_are_read_to_the_end_and_not_in_circles() {
    let link = |page: u32| format!("link: </x?page={page}>; rel=\"next\", </x?page=9>; rel=\"last\"\r\n");
    let (address, asked) =
        server(vec![says(200, &link(2), "[1]"), says(200, &link(3), "[2]"), says(200, &link(2), "[3]")]);
    let (api, _) = api(&address, Config::default());
    let pages = run(api.pages(api.url(["x"]), "list x", linked)).unwrap();
    assert_eq!(pages, [json!([1]), json!([2]), json!([3])]);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[test]
fn a_next_page_elsewhere_is_refused() {
    let (address, _) = server(vec![says(200, "link: <http://127.0.0.2:1/x>; rel=\"next\"\r\n", "[]")]);
    let (api, _) = api(&address, Config::default());
    let error = run(api.pages(api.url(["x"]), "list x", linked)).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
}

#[test]
fn a_dry_run_asks_nobody_and_shows_everything_but_secrets() {
    let (api, _) = api("http://127.0.0.1:1", Config { mode: Mode::Dry, ..Config::default() });
    let body = Body::Json(json!({ "text": "with marker-token inside" }));
    let answer = run(api.send(Request::post(api.url(["x"]), body, "create x"))).unwrap();
    assert!(answer.dry);
    let planned = api.client().planned();
    let expected = "# create x\nPOST http://127.0.0.1:1/x\nauthorization: [hidden]\ncontent-type: application/json\n\n\
                    {\n  \"text\": \"with [hidden] inside\"\n}\n";
    assert_eq!(planned, [expected]);
}

#[test]
fn bad_addresses_and_certificates_are_said() {
    let client = Client::new(Config::default()).unwrap();
    for (address, word) in [("ftp://x", "begins with neither"), ("", "is none"), ("https://a:b@x", "credentials")] {
        let error = Api::new(client.clone(), Vendor { gap: Duration::ZERO }, address).err().unwrap();
        assert!(error.kind == Kind::Configuration && error.to_string().contains(word), "{address}: {error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    assert!(Client::new(Config { certificates: vec![file.clone()], ..Config::default() }).is_err());
    std::fs::write(&file, "no certificate").unwrap();
    let error = Client::new(Config { certificates: vec![file], ..Config::default() }).unwrap_err();
    assert!(error.contains("holds no certificates in PEM"), "{error}");
}
