import java.nio.file.Files
import java.nio.file.StandardCopyOption

/** The disks of the machines that a pipeline runs on: a workspace for every agent, stashes, the archive, shells. */
class Workspace {
    final List<String> log = []
    final List<List<String>> reports = []
    private final File place
    private final File repository
    private final String commit
    private final Map<String, String> machine
    private File current
    private int machines = 0

    Workspace(Map request) {
        place = new File(request.place as String)
        repository = new File(request.folder as String)
        commit = request.commit
        machine = request.machine
    }

    /** Runs the body on a machine of its own, or on the one at hand if the stage asks for none. */
    def allocate(List<Map> agent, boolean skipCheckout, Declarative run, Closure body) {
        if (agent == null || agent*.name == ['none']) return body()
        if (agent*.name != ['label']) throw new IllegalStateException("the agent ${agent*.name} does not run here")
        def outer = current
        current = new File(place, "workspace-${++machines}")
        current.mkdirs()
        def known = run.env + [WORKSPACE: current.path, WORKSPACE_TMP: current.path + '@tmp', NODE_NAME: 'here', EXECUTOR_NUMBER: '0']
        if (!skipCheckout) {
            copy(repository, files(repository), current)
            known += [GIT_COMMIT: commit, GIT_BRANCH: 'main']
        }
        try {
            run.scoped(known, body)
        } finally {
            current = outer
        }
    }

    /** https://github.com/jenkinsci/durable-task-plugin (BourneShellScript.java): without an interpreter it is `sh -xe`. */
    void sh(String script, Map<String, String> env) {
        if (current == null) throw new IllegalStateException('`sh` needs an agent')
        current.mkdirs()
        def file = File.createTempFile('script', '.sh', place)
        file.setText(script.startsWith('#!') ? script : '#!/bin/sh -xe\n' + script, 'UTF-8')
        file.executable = true
        def builder = new ProcessBuilder(file.path).directory(current).redirectErrorStream(true)
        builder.environment().clear()
        builder.environment().putAll([LANG: "C.UTF-8"] + machine + env)
        def process = builder.start()
        def output = process.inputStream.getText('UTF-8')
        def status = process.waitFor()
        log << "sh exited $status\n$output".toString()
        if (status != 0) throw new IllegalStateException("script returned exit code $status")
    }

    def dir(String path, Closure body) {
        def outer = current
        current = path.startsWith('/') ? new File(path) : new File(outer, path)
        current.mkdirs()
        try {
            body()
        } finally {
            current = outer
        }
    }

    def deleteDir() {
        current.deleteDir()
    }

    void stash(Map given) {
        def found = matched(given.includes ?: '**')
        if (!found && !given.allowEmpty) throw new IllegalStateException("No files included in stash '$given.name'")
        def stash = new File(place, "stash/$given.name")
        stash.deleteDir()
        stash.mkdirs()
        copy(current, found, stash)
    }

    void unstash(String name) {
        def stash = new File(place, "stash/$name")
        if (!stash.exists()) throw new IllegalStateException("No such saved stash '$name'")
        copy(stash, files(stash), current)
    }

    void archive(Map given) {
        def found = matched(given.artifacts)
        if (!found && !given.allowEmptyArchive) throw new IllegalStateException("No artifacts found that match the file pattern \"$given.artifacts\"")
        copy(current, found, new File(place, 'archive'))
    }

    void junit(Map given) {
        def found = matched(given.testResults)
        if (!found && !given.allowEmptyResults) throw new IllegalStateException('No test report files were found')
        found.each { reports << [it, new File(current, it).getText('UTF-8')] }
    }

    /** Paths and contents of the archive. */
    List<List<String>> archived() {
        def archive = new File(place, 'archive')
        return files(archive).collect { [it, new File(archive, it).getText('UTF-8')] }
    }

    private List<String> matched(patterns) {
        def wanted = patterns.toString().split(',')*.trim()
        return files(current).findAll { file -> wanted.any { matches(file, it) } }
    }

    private static List<String> files(File folder) {
        def found = []
        if (folder.exists()) folder.eachFileRecurse { if (it.isFile()) found << folder.toPath().relativize(it.toPath()).toString() }
        return found.findAll { !it.startsWith('.git/') }.sort()
    }

    private static void copy(File from, List<String> paths, File to) {
        paths.each { path ->
            def target = new File(to, path)
            target.parentFile.mkdirs()
            Files.copy(new File(from, path).toPath(), target.toPath(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES)
        }
    }

    /** Patterns of Ant: https://ant.apache.org/manual/dirtasks.html#patterns */
    static boolean matches(String path, String pattern) {
        if (pattern.endsWith('/')) pattern += '**'
        def regex = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|[^*?]+/) {
            ['**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]'][it] ?: java.util.regex.Pattern.quote(it)
        }
        return path ==~ regex
    }
}
