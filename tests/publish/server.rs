//! A server on the loopback that keeps what it is told, and misbehaves on command.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Without the query, as it was sent: percent-encoded.
    pub path: String,
    /// Decoded.
    pub query: BTreeMap<String, String>,
    /// The same in order, with names that stand there more than once.
    pub pairs: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    /// The segments of the path, decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|it| !it.is_empty()).map(decode).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn writes(&self) -> bool {
        self.method != "GET"
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer { status, headers, body: body.to_string() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Answer { status, headers: vec![("content-type".to_owned(), "text/plain".to_owned())], body: body.to_owned() }
    }

    pub fn page(status: u16, title: &str) -> Self {
        let body = format!("<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>");
        Answer { status, headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())], body }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// How a server misbehaves, once.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It says this, and does nothing.
    Says(Answer),
    /// It hangs up before it has done anything.
    Reset,
    /// It does what it is asked, and hangs up before it says so.
    Lost,
    /// It does what it is asked, and the answer ends in the middle.
    Cut,
    /// It does what it is asked, and is slow about it.
    Slow(Duration),
}

/// A vendor's state and what it makes of requests.
pub trait Vendor: Send {
    fn answer(&mut self, request: &Request, address: &str) -> Answer;
}

type Check = Box<dyn Fn(&Request) -> Option<String> + Send + Sync>;
type When = Box<dyn Fn(&Request) -> bool + Send>;

struct Shared<V> {
    vendor: Mutex<V>,
    log: Mutex<Vec<Request>>,
    faults: Mutex<VecDeque<(When, Fault)>>,
    /// Checks a request; gives what is wrong with it.
    check: Check,
    wrong: Mutex<Vec<String>>,
}

/// A server that lives as long as the test process.
pub struct Server<V: Vendor + 'static> {
    pub address: String,
    shared: Arc<Shared<V>>,
}

impl<V: Vendor + 'static> Server<V> {
    /// Starts a server; `check` says what is wrong with a request, see [`Server::wrong`].
    pub fn start(vendor: V, check: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            vendor: Mutex::new(vendor),
            log: Mutex::default(),
            faults: Mutex::default(),
            check: Box::new(check),
            wrong: Mutex::default(),
        });
        let server = Server { address: address.clone(), shared: shared.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, address) = (shared.clone(), address.clone());
                thread::spawn(move || serve(stream, &shared, &address));
            }
        });
        server
    }

    /// The next request that fits is answered by this fault; faults are used up in order.
    pub fn fault(&self, when: impl Fn(&Request) -> bool + Send + 'static, fault: Fault) {
        self.shared.faults.lock().unwrap().push_back((Box::new(when), fault));
    }

    /// So many faults have not been met yet.
    pub fn faults_left(&self) -> usize {
        self.shared.faults.lock().unwrap().len()
    }

    /// Everything that was asked, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().unwrap().clone()
    }

    /// Looks at the vendor's state, or changes it.
    pub fn state<T>(&self, look: impl FnOnce(&mut V) -> T) -> T {
        look(&mut self.shared.vendor.lock().unwrap())
    }

    /// What was wrong with requests.
    pub fn wrong(&self) -> Vec<String> {
        self.shared.wrong.lock().unwrap().clone()
    }
}

fn serve<V: Vendor>(mut stream: TcpStream, shared: &Shared<V>, address: &str) -> Option<()> {
    let request = receive(&stream)?;
    shared.log.lock().unwrap().push(request.clone());
    if let Some(wrong) = (shared.check)(&request) {
        shared.wrong.lock().unwrap().push(format!("{} {}: {wrong}", request.method, request.path));
    }
    let fault = {
        let mut faults = shared.faults.lock().unwrap();
        let at = faults.iter().position(|(when, _)| when(&request));
        at.and_then(|at| faults.remove(at)).map(|(_, fault)| fault)
    };
    let answer = || shared.vendor.lock().unwrap().answer(&request, address);
    match fault {
        None => send(&mut stream, &answer(), None),
        Some(Fault::Says(answer)) => send(&mut stream, &answer, None),
        Some(Fault::Reset) => None,
        Some(Fault::Lost) => {
            answer();
            None
        }
        Some(Fault::Cut) => {
            let answer = answer();
            let half = answer.body.len() / 2;
            let half = (0..=half).rev().find(|at| answer.body.is_char_boundary(*at)).unwrap_or_default();
            send(&mut stream, &answer, Some(half))
        }
        Some(Fault::Slow(time)) => {
            let answer = answer();
            thread::sleep(time);
            send(&mut stream, &answer, None)
        }
    }
}

fn receive(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    // Through a proxy the whole address is asked for.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).to_owned(),
        None => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Request { method, path: path.to_owned(), ..Request::default() };
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")));
        request.pairs.push((name.clone(), value.clone()));
        request.query.insert(name, value);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

fn send(stream: &mut TcpStream, answer: &Answer, cut: Option<usize>) -> Option<()> {
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (length, body) = (answer.body.len(), &answer.body[..cut.unwrap_or(answer.body.len())]);
    let status = answer.status;
    write!(stream, "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}").ok()
}

/// Percent-decoding.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
