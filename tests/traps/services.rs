//! Services: where a test finds them, and that they are ready.

use ci_gen::SystemId;

use super::outputs::{generated, rendered};

fn spec(keys: &str) -> String {
    format!(
        "[on]\npush = true\n[service.postgres]\nimage = \"postgres:16\"\nport = 5432\n\
         env = {{ POSTGRES_PASSWORD = \"test\" }}\nready = \"pg_isready\"\n\
         [job.unit]\ntest = \"make at={{{{ service.postgres.host }}}}:{{{{ service.postgres.port }}}}\"\n\
         services = \"postgres\"\n{keys}\n"
    )
}

/// The same service is `localhost` for a job on a machine and has a name for a job in a container, on some systems,
/// so a fixed host works on half of them: <https://docs.github.com/en/actions/tutorials/use-containerized-services>.
#[test]
fn trap_22_tests_connect_to_the_host_that_the_system_has() {
    use SystemId::{Azure, Bitbucket, Circleci, Github, Gitlab, Jenkins, Teamcity, Travis};
    let on_machine = rendered(&spec(""));
    let here = ["make at=localhost:5432"];
    let named = ["make at=postgres:5432"];
    on_machine.each_says([
        (Github, &here),
        (Gitlab, &named),
        (Jenkins, &here),
        (Azure, &here),
        (Circleci, &here),
        (Travis, &here),
        (Bitbucket, &here),
        (Teamcity, &here),
    ]);
    let in_container = rendered(&spec("image = \"python:3.12\""));
    in_container.each_says([
        (Github, &named),
        (Gitlab, &named),
        (Jenkins, &named),
        (Azure, &named),
        (Circleci, &here),
        (Travis, &here),
        (Bitbucket, &here),
        (Teamcity, &here),
    ]);
    // Ports are opened where the job is outside of the service's network, and only there.
    assert!(on_machine.yaml(Github)["jobs"]["unit"]["services"]["postgres"]["ports"][0] == "5432:5432");
    assert!(in_container.yaml(Github)["jobs"]["unit"]["services"]["postgres"]["ports"].is_null());
    assert!(on_machine.yaml(Azure)["resources"]["containers"][0]["ports"][0] == "5432:5432");
    assert!(in_container.yaml(Azure)["resources"]["containers"][0]["ports"].is_null());
}

/// A database takes seconds to start, and five systems do not wait for it:
/// <https://circleci.com/docs/guides/test/databases/#using-dockerize-to-wait-for-dependencies>.
#[test]
fn trap_22_tests_start_when_the_service_is_ready() {
    let health = "--health-cmd pg_isready";
    rendered(&spec("")).each_says([
        (SystemId::Github, &[health, "--health-retries"]),
        (SystemId::Gitlab, &["alias: postgres\n", "/dev/tcp/postgres/5432"]),
        (SystemId::Jenkins, &[health, "'true healthy'"]),
        (SystemId::Azure, &[health, "--health-retries"]),
        (SystemId::Circleci, &["/dev/tcp/localhost/5432"]),
        (SystemId::Travis, &[health, "'true healthy'"]),
        (SystemId::Bitbucket, &["/dev/tcp/localhost/5432"]),
        (SystemId::Teamcity, &[health, "'true healthy'"]),
    ]);
}

/// The wait stands before the commands, in the same job.
#[test]
fn trap_22_the_wait_comes_before_the_commands() {
    let outputs = rendered(&spec(""));
    for system in SystemId::ALL {
        if matches!(system, SystemId::Github | SystemId::Azure | SystemId::Travis) {
            // The system itself waits, or a script of its own in `before_install` does.
            continue;
        }
        let whole = outputs.text(*system);
        let wait = whole.find("for second in").or(whole.find("ci_gen_second")).expect("a wait");
        assert!(wait < whole.find("make at=").expect("the command"), "{system}");
    }
    let travis = outputs.yaml(SystemId::Travis)["jobs"]["include"][0].clone();
    assert_eq!(travis["before_install"], "bash .travis/unit/services.sh");
}

/// Without an error the tests would run without their database on such a leg, and fail, or worse, skip themselves.
#[test]
fn trap_22_a_leg_whose_machine_has_no_services_is_refused() {
    let outputs = generated(&spec("runner = \"{{ matrix.os }}\"\n[job.unit.matrix]\nos = [\"linux\", \"windows\"]"));
    outputs.refused(&[
        (SystemId::Github, "the leg `unit-windows` runs on windows, where GitHub has no services"),
        (SystemId::Gitlab, "the leg `unit-windows` runs on windows, where GitLab has no services"),
        (SystemId::Jenkins, "the leg `unit-windows` runs on windows, where Jenkins starts no services"),
        (SystemId::Azure, "the leg `unit-windows` runs on windows, where Azure has no Linux services"),
        (SystemId::Circleci, "the leg `unit-windows` runs on windows, where CircleCI has no services"),
        (SystemId::Travis, "the leg `unit-windows` runs on windows, where Travis has no Docker"),
        (SystemId::Bitbucket, "the leg `unit-windows` runs on Windows, where Bitbucket has no services"),
        (SystemId::Teamcity, "the leg `unit-windows` runs on windows, where services cannot be relied on"),
    ]);
}

/// A leg without the service runs where there are none.
#[test]
fn trap_22_an_empty_value_leaves_the_service_out() {
    let outputs = generated(
        "[on]\npush = true\n[service.db]\nimage = \"postgres:16\"\nport = 5432\n\
         [runner.windows]\nbitbucket = { runs-on = [\"self.hosted\", \"windows\"] }\n\
         [job.unit]\nrunner = \"{{ matrix.os }}\"\ntest = \"make\"\nservices = \"{{ matrix.service }}\"\n\
         [job.unit.matrix]\ninclude = [{ os = \"linux\", service = \"db\" }, { os = \"windows\" }]\n",
    );
    outputs.refused(&[(SystemId::Bitbucket, "where Bitbucket has PowerShell only")]);
    for system in SystemId::ALL.iter().filter(|it| **it != SystemId::Bitbucket) {
        let found: Vec<_> = outputs.legs(*system).into_iter().map(|it| it.env["MATRIX_OS"].clone()).collect();
        assert_eq!(found, ["linux", "windows"], "{system}");
        assert!(outputs.whole(*system).contains("postgres:16"), "{system}");
    }
}

/// Bitbucket starts five services for a step, and the file says nothing about a sixth:
/// <https://support.atlassian.com/bitbucket-cloud/docs/databases-and-service-containers/>.
#[test]
fn trap_22_bitbucket_has_five_services_for_a_step() {
    let spec = |count: u16| {
        let services: String =
            (0..count).map(|it| format!("[service.s{it}]\nimage = \"redis:7\"\nport = {}\n", 6379 + it)).collect();
        let names: Vec<String> = (0..count).map(|it| format!("\"s{it}\"")).collect();
        format!("[on]\npush = true\n[runner.linux]\nbitbucket = {{ size = \"2x\" }}\n{services}[job.unit]\ntest = \"make\"\nservices = [{}]\n", names.join(", "))
    };
    generated(&spec(6)).refused(&[(SystemId::Bitbucket, "6 services")]);
    let five = rendered(&spec(5));
    let step = five.yaml(SystemId::Bitbucket)["definitions"]["steps"][0]["step"].clone();
    assert_eq!(step["services"].as_array().map(Vec::len), Some(5), "{step}");
    let services = five.yaml(SystemId::Bitbucket)["definitions"]["services"].clone();
    for (name, service) in services.as_object().expect("services") {
        let memory = service.get("memory").map(|it| it.as_u64().expect("a number"));
        assert!(memory.is_none_or(|it| it >= 128), "{name}: {service}");
    }
}
