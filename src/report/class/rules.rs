//! The rules that tell the class of a failure by a line of output, or by a test's message; the first that fits decides.
//!
//! What names its cause without doubt comes first: exhausted memory and disks break compilers and downloads too, and a
//! failed download breaks what resolves dependencies. A class that is wrong is worse than none, so a rule fits the words
//! that a tool prints when it gives up, not words that it also prints when it goes on.

use crate::report::Class;

/// One rule.
pub(super) struct Rule {
    pub(super) class: Class,
    /// A line fits where this is found in it.
    pub(super) pattern: &'static str,
    /// A line that holds this does not.
    pub(super) unless: Option<&'static str>,
    pub(super) place: Where,
    /// Lines that fit, for the tests and for readers.
    #[cfg_attr(not(test), expect(dead_code, reason = "they explain the rule and are tried by the tests"))]
    pub(super) examples: &'static [&'static str],
}

/// What a rule may be asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Lines of a command's output.
    Output,
    /// Type and message of a failing test.
    Message,
    /// Both.
    Both,
}

const fn rule(class: Class, place: Where, pattern: &'static str, examples: &'static [&'static str]) -> Rule {
    Rule { class, pattern, unless: None, place, examples }
}

const fn unless(rule: Rule, unless: &'static str) -> Rule {
    Rule { unless: Some(unless), ..rule }
}

/// Our own machine, private networks and names without a dot: services of the run rather than the outside.
const LOCAL: &str = r"(?i)localhost|127\.[0-9]+\.[0-9]+\.[0-9]+|\[?::1\]?|0\.0\.0\.0|\b10\.[0-9]+\.[0-9]+\.[0-9]+|\b192\.168\.|\b172\.(1[6-9]|2[0-9]|3[01])\.|host='[a-z0-9-]+'|retrying|warn";

use Class::{Build, Cancelled, Disk, Infrastructure, Network, OutOfMemory, RateLimit, Timeout};
use Where::{Both, Message, Output};

/// Every rule, in the order in which they are asked.
pub(super) const RULES: &[Rule] = &[
    // Memory. The kernel: https://docs.kernel.org/admin-guide/mm/concepts.html#oom-killer
    rule(OutOfMemory, Output, r"(?i)\bout of memory: kill(?:ed)? process [0-9]+|\boom-kill:|\bOOMKilled\b",
        &["[ 12.3] Out of memory: Killed process 4242 (java) total-vm:1kB", "Memory cgroup out of memory: Killed process 7 (x)", "reason: OOMKilled"]),
    // https://docs.oracle.com/en/java/javase/21/troubleshoot/troubleshooting-memory-leaks.html
    rule(OutOfMemory, Both, r"\bOutOfMemoryError: (?:Java heap space|GC overhead|Metaspace|Requested array|Compressed class|Direct buffer|[Uu]nable to create)|^java\.lang\.OutOfMemoryError",
        &["java.lang.OutOfMemoryError: Java heap space", "Caused by: java.lang.OutOfMemoryError: Metaspace"]),
    // V8 and Node.js: https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib
    rule(OutOfMemory, Both, r"JavaScript heap out of memory", &["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"]),
    // Python and NumPy: https://docs.python.org/3/library/exceptions.html#MemoryError
    rule(OutOfMemory, Both, r"^(?:E\s+)?MemoryError\b|_ArrayMemoryError: Unable to allocate", &["MemoryError", "E   MemoryError: x", "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8 GiB"]),
    // ENOMEM, as in errno(3): https://man7.org/linux/man-pages/man3/errno.3.html
    rule(OutOfMemory, Both, r"\bCannot allocate memory\b", &["OSError: [Errno 12] Cannot allocate memory", "fork: Cannot allocate memory"]),
    // GCC's driver when the kernel kills its compiler: https://gcc.gnu.org/
    rule(OutOfMemory, Output, r"fatal error: Killed signal terminated program|fatal error C1060\b|\bvirtual memory exhausted\b|LLVM ERROR: out of memory",
        &["c++: fatal error: Killed signal terminated program cc1plus", "a.cpp(1): fatal error C1060: compiler is out of heap space"]),
    // Go's runtime: https://go.dev/src/runtime/malloc.go
    rule(OutOfMemory, Both, r"fatal error: runtime: (?:out of memory|cannot allocate memory)|^runtime: out of memory", &["fatal error: runtime: out of memory"]),
    // Rust: https://doc.rust-lang.org/std/alloc/fn.handle_alloc_error.html; PHP: https://www.php.net/manual/en/ini.core.php#ini.memory-limit
    rule(OutOfMemory, Both, r"^memory allocation of [0-9]+ bytes failed|Allowed memory size of [0-9]+ bytes exhausted", &["memory allocation of 123456 bytes failed", "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 1 bytes)"]),
    // C++, .NET and Ruby by the type that they throw.
    rule(OutOfMemory, Both, r"(?:instance of '|^(?:std::)?)(?:std::)?bad_alloc\b|^(?:Unhandled exception\. )?System\.OutOfMemoryException\b|failed to allocate memory \(NoMemoryError\)",
        &["terminate called after throwing an instance of 'std::bad_alloc'", "Unhandled exception. System.OutOfMemoryException: x", "x.rb:1:in 'y': failed to allocate memory (NoMemoryError)"]),

    // Disk. ENOSPC is also what inotify says when it has no watches left.
    unless(rule(Disk, Both, r"\bNo space left on device\b|\bENOSPC: no space|There is not enough space on the disk|\bDisk quota exceeded\b",
        &["tar: a: Cannot write: No space left on device", "Error: ENOSPC: no space left on device, write", "System.IO.IOException: There is not enough space on the disk."]), r"(?i)inotify|watch"),

    // Compilers and linkers. Rust: https://doc.rust-lang.org/error_codes/error-index.html
    rule(Build, Output, r"^error\[E[0-9]{4}\]: |^error: could not compile `", &["error[E0308]: mismatched types", "error: could not compile `acme` (lib) due to 1 previous error"]),
    // TypeScript: https://www.typescriptlang.org/docs/handbook/compiler-options.html
    rule(Build, Output, r"(?:^|[:\s-]\s?)error TS[0-9]{4,5}: ", &["src/a.ts(1,2): error TS2322: Type 'x' is not assignable", "src/a.ts:1:2 - error TS2322: x"]),
    // javac, Maven and Kotlin: https://maven.apache.org/plugins/maven-compiler-plugin/
    rule(Build, Output, r"^\S*\.java:[0-9]+: error: |^\[ERROR\] COMPILATION ERROR|^\[ERROR\] \S+\.(?:java|kt):\[[0-9]+,[0-9]+\]|^e: (?:file://)?\S+\.kts?:",
        &["src/A.java:3: error: ';' expected", "[ERROR] COMPILATION ERROR : ", "[ERROR] /w/src/A.java:[3,5] cannot find symbol", "e: file:///w/A.kt:1:2 Unresolved reference: x"]),
    // GCC and Clang: https://gcc.gnu.org/onlinedocs/gcc/Diagnostic-Message-Formatting-Options.html; Swift prints the same
    rule(Build, Output, r"^(?:[A-Za-z]:)?[^:\s]+\.(?:c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|m|mm|cu|swift):[0-9]+(?::[0-9]+)?: (?:fatal )?error: ",
        &["src/a.c:3:5: error: expected ';'", "/w/a.hpp:1:2: fatal error: x.h: No such file or directory", "/w/A.swift:1:2: error: x"]),
    // Microsoft C and C++: https://learn.microsoft.com/en-us/cpp/error-messages/compiler-errors-1/c-cpp-build-errors
    rule(Build, Output, r"\([0-9]+(?:,[0-9]+)?\)\s?: (?:fatal )?error C[0-9]{4}: |(?:^|: )(?:fatal )?error LNK[0-9]{4}: ",
        &[r"C:\w\a.h(89): error C2143: syntax error: missing ',' before '*'", "a.obj : error LNK2019: unresolved external symbol"]),
    // MSBuild: https://learn.microsoft.com/en-us/visualstudio/msbuild/msbuild-diagnostic-format-for-tasks
    rule(Build, Output, r"\S ?: error (?:CS|BC|FS|MSB|NETSDK|NU)[0-9]{4,5}: ", &["/w/A.cs(3,5): error CS1002: ; expected [/w/A.csproj]", "A.csproj : error NU1101: Unable to find package x"]),
    // Linkers: https://sourceware.org/binutils/docs/ld/
    rule(Build, Output, r"^collect2: error: ld returned|: undefined reference to [`']|^ld: symbol\(s\) not found|^clang(?:\+\+)?: error: linker command failed",
        &["collect2: error: ld returned 1 exit status", "a.o: in function `main': a.c:(.text+0x1): undefined reference to `f'"]),
    // Go: https://pkg.go.dev/cmd/go#hdr-Test_packages
    rule(Build, Output, r"^FAIL\s+\S+ \[(?:build|setup) failed\]|^(?:\./|[\w./-]+/)?[\w.-]+\.go:[0-9]+:[0-9]+: (?:undefined: |cannot use |syntax error: |declared and not used|missing return|.* imported and not used|.*redeclared in this block)",
        &["FAIL\tgithub.com/acme/cart [build failed]", "./cart.go:3:5: undefined: x", "cart.go:3:2: \"os\" imported and not used"]),
    // CMake: https://cmake.org/cmake/help/latest/command/message.html; webpack: https://webpack.js.org/
    rule(Build, Output, r"^CMake Error(?: at |:)|^(?:ERROR in .*)?Module not found: Error: Can't resolve ", &["CMake Error at CMakeLists.txt:3 (find_package):", "Module not found: Error: Can't resolve './x' in '/w'"]),

    // Too many requests. Registries: https://docs.docker.com/docker-hub/usage/; RFC 6585
    rule(RateLimit, Both, r"\btoomanyrequests: |(?i:\bAPI rate limit exceeded\b|\bexceeded a secondary rate limit\b|\breached your (?:unauthenticated )?pull rate limit\b)",
        &["Error response from daemon: toomanyrequests: You have reached your pull rate limit.", "\"message\": \"API rate limit exceeded for user ID 1\""]),
    unless(rule(RateLimit, Output, r"\b429 Too Many Requests\b|^npm (?:ERR!|error) code E429\b|(?i:\bHTTP (?:error|status code|status)[ :]+429\b)",
        &["npm error code E429", "ERROR: HTTP error 429 while getting https://a.example/x", "error: 429 Too Many Requests - GET https://a.example"]), r"(?i)expect|assert|passed|\bok\b|✓|✔"),

    // Names. getaddrinfo(3): https://man7.org/linux/man-pages/man3/getaddrinfo.3.html
    unless(rule(Network, Both, r"\bCould not resolve host: |Temporary failure in name resolution|Temporary failure resolving '|\bName or service not known\b|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|nodename nor servname provided|\bUnknownHostException: |: no such host\b|\bNo such host is known\b",
        &["curl: (6) Could not resolve host: a.example", "Error: getaddrinfo EAI_AGAIN a.example", "java.net.UnknownHostException: a.example", "dial tcp: lookup a.example on 1.1.1.1:53: no such host"]), r"(?i)retrying|warn"),
    // curl and Git: https://everything.curl.dev/cmdline/exitcode.html, https://git-scm.com/docs/git-fetch
    unless(rule(Network, Output, r"\bcurl: \((?:5|6|7|28|35|52|56|60)\) |^fatal: unable to access '|^fatal: the remote end hung up|^error: RPC failed; |^fatal: early EOF",
        &["curl: (28) Connection timed out after 30000 milliseconds", "fatal: unable to access 'https://a.example/x.git/': Failed to connect to a.example port 443"]), LOCAL),
    // TLS by the words of OpenSSL, Go, Java and Node.js
    unless(rule(Network, Output, r"SSL certificate problem: |\bx509: certificate |TLS handshake timeout|\bcertificate verify failed\b|\bSSLHandshakeException: |UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_HAS_EXPIRED",
        &["tls: failed to verify certificate: x509: certificate signed by unknown authority", "net/http: TLS handshake timeout"]), LOCAL),
    // Refused, reset or silent at the ports of the web, by a name that is not ours
    unless(rule(Network, Output, r"(?i)(?:connection refused|ECONNREFUSED|ECONNRESET|ETIMEDOUT|i/o timeout|connection reset by peer|connection timed out).*(?::443\b|port 443\b|https://)|(?::443\b|port 443\b|https://).*(?:connection refused|ECONNREFUSED|ECONNRESET|ETIMEDOUT|i/o timeout|connection reset by peer|connection timed out|max retries exceeded)",
        &["Error: connect ECONNREFUSED 93.184.216.34:443", "Get \"https://a.example/v2/\": dial tcp 93.184.216.34:443: i/o timeout"]), LOCAL),
    // npm, Cargo, apt and pip when they give up
    unless(rule(Network, Output, r"^npm (?:ERR!|error) (?:code (?:ECONNRESET|ETIMEDOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ERR_SOCKET_TIMEOUT)|network )|^error: failed to download from `|^E: (?:Failed to fetch|Unable to fetch) |\bMax retries exceeded with url\b|\bReadTimeoutError: HTTPS",
        &["npm ERR! code ECONNRESET", "error: failed to download from `https://a.example/x`", "E: Failed to fetch http://a.example/x  Connection failed"]), LOCAL),
    // The runner's own downloads: https://github.com/actions/runner
    rule(Network, Output, r"^Failed to download (?:action|archive) 'https?://.* after [0-9]+ attempts", &["Failed to download archive 'https://a.example/x.tar.gz' after 3 attempts."]),

    // Runners. https://github.com/actions/runner, https://docs.gitlab.com/runner/faq/, https://www.jenkins.io/doc/book/managing/nodes/,
    // https://learn.microsoft.com/en-us/azure/devops/pipelines/agents/agents
    rule(Infrastructure, Output, r"The runner has received a shutdown signal|lost communication with the server|^ERROR: Job failed \(system failure\)|^ERROR: Preparation failed: |[Aa]gent went offline during the build|hudson\.remoting\.(?:ChannelClosed|RequestAborted)Exception|We stopped hearing from agent",
        &["The runner has received a shutdown signal. This can happen when the runner service is stopped", "The self-hosted runner: x lost communication with the server.", "ERROR: Job failed (system failure): prepare environment"]),
    // https://docs.docker.com/engine/daemon/troubleshoot/
    rule(Infrastructure, Output, r"Cannot connect to the Docker daemon at |[Ee]rror during connect: .*docker|failed to connect to the docker API", &["Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"]),
    // Credentials of the machine: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    rule(Infrastructure, Output, r"Could not load credentials from any providers|is not authorized to perform: [a-z0-9-]+:[A-Za-z]+ on resource", &["Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers", "User: arn:aws:sts::1:x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::x\""]),

    // Limits of CI systems, and of what runs tests
    rule(Timeout, Output, r"has exceeded the maximum execution time of [0-9]+|^ERROR: Job failed: execution took longer than|ran longer than the maximum time of|^Too long with no output|^No output has been received in the last|exceeded the maximum time limit for jobs|^Cancelling nested steps due to timeout",
        &["The job running on runner x has exceeded the maximum execution time of 360 minutes.", "ERROR: Job failed: execution took longer than 1h0m0s seconds", "Too long with no output (exceeded 10m0s): context deadline exceeded"]),
    // Go: https://pkg.go.dev/cmd/go#hdr-Testing_flags; pytest-timeout: https://pypi.org/project/pytest-timeout/; Surefire: https://maven.apache.org/surefire/
    rule(Timeout, Output, r"^panic: test timed out after [0-9]|^\++ Timeout \++$|There was a timeout (?:or other error )?in the fork|^timeout: sending signal [A-Z]+ to command", &["panic: test timed out after 10m0s", "+++++++++ Timeout +++++++++", "[ERROR] There was a timeout or other error in the fork"]),
    // The words of Playwright, Jest, JUnit 4 and 5, pytest-timeout, Mocha and Vitest for one test
    rule(Timeout, Message, r"^(?:Error: )?Test timeout of [0-9]+ ?ms exceeded|Exceeded timeout of [0-9]+ ?ms for a (?:test|hook)|\bTestTimedOutException\b|^(?:java\.util\.concurrent\.TimeoutException: )?\S+ timed out after [0-9]+ (?:milli|nano|micro)?seconds?$|^(?:Failed: )*Timeout >[0-9.]+s|Timeout of [0-9]+ ?ms exceeded\. For async|^(?:Error: )?Test timed out in [0-9]+ ?ms",
        &["Test timeout of 30000ms exceeded.", "thrown: \"Exceeded timeout of 5000 ms for a test.", "org.junit.runners.model.TestTimedOutException: test timed out after 10 milliseconds", "Failed: Timeout >1.0s"]),

    // Cancelled. https://docs.github.com/en/actions/how-tos/manage-workflow-runs/cancel-a-workflow-run, https://docs.pytest.org/
    rule(Cancelled, Output, r"^(?:Error: )?The operation was cancell?ed\.$|^ERROR: Job failed: canceled|^Canceling since a higher priority waiting request|^A task was canceled\.$|^Aborted by \S+$|^!+ (?:_pytest\.outcomes\.)?KeyboardInterrupt !+$|^KeyboardInterrupt$",
        &["The operation was canceled.", "ERROR: Job failed: canceled", "!!!!!!!!!! KeyboardInterrupt !!!!!!!!!!", "KeyboardInterrupt"]),

    // What resolves dependencies, last: a network that failed is the cause where both are told.
    // pip: https://pip.pypa.io/en/stable/topics/dependency-resolution/; npm: https://docs.npmjs.com/cli/commands/npm-install
    rule(Build, Output, r"^ERROR: (?:Could not find a version that satisfies|No matching distribution found for|ResolutionImpossible|Failed (?:to build|building wheel))|^npm (?:ERR!|error) code (?:ERESOLVE|ETARGET|EUSAGE|E404)\b",
        &["ERROR: No matching distribution found for acme==9", "npm error code ERESOLVE", "ERROR: Failed building wheel for acme"]),
    // Cargo, Maven, Bundler and Composer
    rule(Build, Output, r"^error: failed to select a version for |^\[ERROR\] .*Could not resolve dependencies for project |^Bundler could not find compatible versions|^\s*Your requirements could not be resolved to an installable set",
        &["error: failed to select a version for `acme`.", "[ERROR] Failed to execute goal on project x: Could not resolve dependencies for project com.acme:x:jar:1"]),
];
