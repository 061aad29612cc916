//! Machines that a system does not have.

use ci_gen::SystemId;

use super::outputs::{generated, invalid, rendered};

fn on(keys: &str) -> String {
    format!("[on]\npush = true\n[job.unit]\n{keys}\n")
}

/// Schemas still know `os: osx` on Travis, and a job for machines that are not there waits or is skipped:
/// <https://docs.travis-ci.com/user/reference/osx/>, <https://support.atlassian.com/bitbucket-cloud/docs/runners/>.
#[test]
fn trap_30_machines_that_a_system_lacks_are_refused() {
    let mac = generated(&on("test = \"make\"\nrunner = \"macos\""));
    mac.refused(&[
        (SystemId::Travis, "macOS: Travis has no macOS machines any more"),
        (SystemId::Bitbucket, "Bitbucket has no macOS machines"),
    ]);
    mac.each_of_the_others_says([
        (SystemId::Github, "runs-on: macos-"),
        (SystemId::Gitlab, "saas-macos-"),
        (SystemId::Jenkins, "label 'macos'"),
        (SystemId::Azure, "vmImage: macOS-"),
        (SystemId::Circleci, "xcode: "),
        (SystemId::Teamcity, "contains(\"teamcity.agent.jvm.os.name\", \"Mac\")"),
    ]);
    let windows = generated(&on("test = \"make\"\nrunner = \"windows\"\nshell = \"pwsh\""));
    windows.refused(&[(SystemId::Travis, "PowerShell"), (SystemId::Bitbucket, "Bitbucket has no Windows machines")]);
    windows.each_of_the_others_says([
        (SystemId::Github, "runs-on: windows-"),
        (SystemId::Gitlab, "saas-windows-"),
        (SystemId::Jenkins, "label 'windows'"),
        (SystemId::Azure, "vmImage: windows-"),
        (SystemId::Circleci, "resource_class: windows."),
        (SystemId::Teamcity, "contains(\"teamcity.agent.jvm.os.name\", \"Windows\")"),
    ]);
}

/// One leg that cannot run refuses the system as a whole, names the leg, and leaves no half a file.
#[test]
fn trap_30_one_impossible_leg_refuses_the_whole_file() {
    let outputs = generated(&on("runner = \"{{ matrix.os }}\"\nimage = \"{{ matrix.image }}\"\ntest = \"make\"\n\
         [job.unit.matrix]\ninclude = [{ os = \"linux\" }, { os = \"windows\", image = \"servercore\" }]"));
    outputs.refused(&[
        (SystemId::Github, "the leg `unit-windows-servercore` runs on windows, where GitHub has no containers"),
        (SystemId::Gitlab, "the leg `unit-windows-servercore` runs on windows, where GitLab has no containers"),
        (SystemId::Jenkins, "the leg `unit-windows-servercore` runs on windows, where Jenkins starts no containers"),
        (SystemId::Azure, "the leg `unit-windows-servercore` runs on windows, where Azure runs no Linux containers"),
        (SystemId::Circleci, "the runner `windows` is a machine on CircleCI, where a job has no image"),
        (SystemId::Travis, "the leg `unit-windows-servercore` runs on windows, where Travis has no containers"),
        (SystemId::Bitbucket, "the leg `unit-windows-servercore` runs on Windows, where Bitbucket has no containers"),
        (SystemId::Teamcity, "the leg `unit-windows-servercore` runs on windows, where its image cannot"),
    ]);
}

/// Travis has no machines of one's own, and a runner without an entry has no machine at all.
#[test]
fn trap_30_own_runners_need_an_entry_for_the_system() {
    let outputs = generated(
        "[on]\npush = true\n[runner.gpu]\nos = \"linux\"\ngithub = [\"self-hosted\", \"gpu\"]\ngitlab = { tags = [\"gpu\"] }\n\
         jenkins = { label = \"gpu\" }\nazure = { pool = \"Gpu\" }\ncircleci = { machine = true, resource-class = \"acme/gpu\" }\n\
         bitbucket = { runs-on = [\"self.hosted\", \"gpu\"] }\nteamcity = { requirements = { \"teamcity.agent.name\" = \"gpu\" } }\n\
         [job.unit]\ntest = \"make\"\nrunner = \"gpu\"\n",
    );
    outputs.refused(&[(SystemId::Travis, "the runner `gpu` has no entry for Travis CI")]);
    outputs.each_of_the_others_says([
        (SystemId::Github, "runs-on: [self-hosted, gpu]"),
        (SystemId::Gitlab, "tags: [gpu]"),
        (SystemId::Jenkins, "label 'gpu'"),
        (SystemId::Azure, "name: Gpu"),
        (SystemId::Circleci, "resource_class: acme/gpu"),
        (SystemId::Bitbucket, "runs-on: [self.hosted, gpu]"),
        (SystemId::Teamcity, "\"teamcity.agent.name\", \"gpu\""),
    ]);
    invalid(
        "[runner.gpu]\ntravis = { self-hosted = true }\n[job.unit]\ntest = \"make\"\nrunner = \"gpu\"\n",
        "unknown-key",
        "`self-hosted`",
    );
}

/// Without `language` a job on Travis is a Ruby project, and `bundle install` runs first:
/// <https://docs.travis-ci.com/user/languages/>.
#[test]
fn trap_30_travis_jobs_have_a_language_and_their_own_install() {
    for keys in
        ["test = \"make\"", "test = \"make\"\ninstall = \"make deps\"", "run = \"make\"\nsetup = { python = \"3.12\" }"]
    {
        let outputs = rendered(&on(keys));
        let jobs = outputs.yaml(SystemId::Travis)["jobs"]["include"].clone();
        for job in jobs.as_array().expect("jobs") {
            let language = job["language"].as_str().expect("a language");
            assert!(["shell", "minimal", "python"].contains(&language), "{language}");
            assert!(job["install"].is_string() || job["install"].is_array(), "Travis would install by itself: {job}");
            assert_eq!(job["os"], "linux");
        }
    }
}
