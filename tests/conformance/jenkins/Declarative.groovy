import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilationFailedException
import org.codehaus.groovy.control.CompilerConfiguration

/**
 * Runs a declarative pipeline on this machine, stage by stage, in the order of Jenkins' own interpreter:
 * https://github.com/jenkinsci/pipeline-model-definition-plugin (ModelInterpreter.groovy).
 * Parallel stages run one after the other. What it does not know is an error.
 */
class Declarative {
    final Map event
    final Workspace disk
    final Map<String, Object> params = [:]
    Map<String, String> env = [:]
    String result = null
    final List<Map> stages = []
    private JenkinsScript script

    Declarative(Map request) {
        event = request.event
        disk = new Workspace(request)
        env.putAll([BRANCH_NAME: 'main', BRANCH_IS_PRIMARY: 'true', BUILD_NUMBER: '1', BUILD_TAG: 'jenkins-conformance-1', HOME: request.place])
    }

    /** What a run of the file did. */
    static Map run(Map request) {
        def declarative = new Declarative(request)
        def configuration = new CompilerConfiguration(scriptBaseClass: JenkinsScript.name)
        def binding = new Binding()
        declarative.script = (JenkinsScript) new GroovyShell(Declarative.classLoader, binding, configuration).parse(request.text as String)
        declarative.script.setDeclarative(declarative) // a script takes every other assignment for a variable
        binding.setVariable('env', new EnvironmentView(declarative: declarative))
        binding.setVariable('params', declarative.params)
        binding.setVariable('currentBuild', [changeSets: []])
        declarative.script.run()
        return [result: declarative.result ?: 'SUCCESS', stages: declarative.stages, archived: declarative.disk.archived(), reports: declarative.disk.reports, log: declarative.disk.log.join('\n')]
    }

    void pipeline(Closure body) {
        def parts = contents(body)
        parts.parameters.each { Recorder.of(it[0], script).each { parameter(it.name, it.arguments) } }
        parts.triggers.each { Recorder.of(it[0], script) }
        Throwable error = null
        withEnvironment(parts.environment) {
            error = sequence(parts.stages[0][0], null, false)
            error = post(parts.post, error)
        }
        if (error != null) result = 'FAILURE'
    }

    /** The calls inside a block, by name: of each, its arguments. */
    private Map<String, List<List>> contents(Closure body) {
        Recorder.of(body, script).groupBy { it.name }.collectEntries { name, calls -> [name, calls*.arguments] }.withDefault { [] }
    }

    private void parameter(String kind, List arguments) {
        def given = arguments[0]
        def chosen = event.inputs[given.name]
        def value = kind == 'choice' ? given.choices[0] : given.defaultValue
        if (chosen != null) value = kind == 'booleanParam' ? chosen.toBoolean() : chosen
        params[given.name] = value
        env[given.name] = value.toString()
    }

    private Throwable sequence(Closure body, Throwable error, boolean skipped) {
        Recorder.of(body, script).each { call ->
            try {
                stage(call.arguments[0].toString(), contents(call.arguments[1]), error, skipped)
            } catch (Throwable thrown) {
                error = error ?: thrown
            }
        }
        return error
    }

    private void stage(String name, Map parts, Throwable error, boolean skipped) {
        def record = [name: name, verdict: 'success']
        stages << record
        if (skipped || error != null) {
            record.verdict = 'skipped'
            skip(parts, error)
            if (error != null) throw error
            return
        }
        try {
            options(parts.options, record) { inside(parts, record) }
        } catch (Throwable thrown) {
            record.verdict = 'failure'
            disk.log << "stage $name: $thrown".toString()
            error = thrown
        }
        if ((parts.parallel || parts.matrix) && record.verdict != 'skipped') error = post(parts.post, error)
        if (error != null) throw error
    }

    private void skip(Map parts, Throwable error) {
        (parts.stages + parts.parallel).each { sequence(it[0], error, true) }
    }

    private void inside(Map parts, Map record) {
        def conditions = parts.when ? Recorder.of(parts.when[0][0], script) : []
        def first = conditions.any { it.name == 'beforeAgent' && it.arguments[0] }
        def holds = { conditions.findAll { !it.name.startsWith('before') }.every { holds(it) } }
        def unless = { Closure body ->
            if (holds()) return body()
            record.verdict = 'skipped'
            skip(parts, null)
        }
        if (parts.parallel) {
            unless { withEnvironment(parts.environment) { branches(parts, Recorder.of(parts.parallel[0][0], script).collect { call -> { -> stage(call.arguments[0].toString(), contents(call.arguments[1]), null, false) } }) } }
        } else if (parts.matrix) {
            def matrix = contents(parts.matrix[0][0])
            unless { withEnvironment(parts.environment) { branches(parts, cells(matrix).collect { cell -> { -> withVariables(cell) { stage('Matrix - ' + cell.collect { "$it.key='$it.value'" }.join(', '), matrix, null, false) } } }) } }
        } else {
            def work = { withEnvironment(parts.environment) { parts.stages ? nested(parts) : single(parts) } }
            def onAgent = { Closure body -> disk.allocate(parts.agent ? Recorder.of(parts.agent[0][0], script) : null, parts.options.any { Recorder.of(it[0], script)*.name.contains('skipDefaultCheckout') }, this, body) }
            if (first) unless { onAgent(work) }
            else onAgent { unless(work) }
        }
    }

    private void branches(Map parts, List<Closure> all) {
        Throwable error = null
        def failFast = parts.failFast.any { it[0] }
        for (branch in all) {
            try {
                if (!(failFast && error != null)) branch()
            } catch (Throwable thrown) {
                error = error ?: thrown
            }
        }
        if (error != null) throw error
    }

    /** The cells of a matrix: the product of its axes without what is excluded. */
    private List<Map<String, String>> cells(Map matrix) {
        def axes = { Closure body ->
            Recorder.of(body, script).collect { axis ->
                def parts = contents(axis.arguments[0])
                [name: parts.name[0][0], values: parts.values[0], notValues: parts.notValues[0]]
            }
        }
        def cells = [[:]]
        axes(matrix.axes[0][0]).each { axis -> cells = cells.collectMany { cell -> axis.values.collect { cell + [(axis.name): it] } } }
        def excludes = matrix.excludes ? Recorder.of(matrix.excludes[0][0], script).collect { axes(it.arguments[0]) } : []
        return cells.findAll { cell ->
            !excludes.any { exclude -> exclude.every { it.values != null ? cell[it.name] in it.values : !(cell[it.name] in it.notValues) } }
        }
    }

    private void nested(Map parts) {
        def error = post(parts.post, sequence(parts.stages[0][0], null, false))
        if (error != null) throw error
    }

    private void single(Map parts) {
        Throwable error = null
        try {
            execute(parts.steps[0][0])
        } catch (Throwable thrown) {
            error = thrown
        }
        error = post(parts.post, error)
        if (error != null) throw error
    }

    private Throwable post(List given, Throwable error) {
        if (!given) return error
        def closures = contents(given[0][0])
        ['always', 'changed', 'aborted', 'failure', 'success', 'unstable', 'unsuccessful', 'cleanup'].each { name ->
            def outcome = error != null || result == 'FAILURE' ? 'FAILURE' : (result ?: 'SUCCESS')
            def due = [always: true, changed: true, cleanup: true, aborted: outcome == 'ABORTED', failure: outcome == 'FAILURE',
                       success: outcome == 'SUCCESS', unstable: outcome == 'UNSTABLE', unsuccessful: outcome != 'SUCCESS'][name]
            if (!due || !closures.containsKey(name)) return
            try {
                execute(closures[name][0][0])
            } catch (Throwable thrown) {
                disk.log << "post $name: $thrown".toString()
                error = error ?: thrown
            }
        }
        return error
    }

    private void options(List given, Map record, Closure body) {
        def all = given ? Recorder.of(given[0][0], script) : []
        def wrapped = body
        all.reverse().each { option ->
            def inner = wrapped
            if (option.name == 'catchError') wrapped = { caught(option.arguments ? option.arguments[0] : [:], record, inner) }
            else if (option.name == 'retry') wrapped = { step('retry', [option.arguments[0], inner]) }
            else if (!(option.name in ['timeout', 'skipDefaultCheckout'])) throw new IllegalStateException("the option $option.name does not run here")
        }
        wrapped()
    }

    private def caught(Map given, Map record, Closure body) {
        try {
            body()
        } catch (Throwable thrown) {
            disk.log << "caught: $thrown".toString()
            def build = given.buildResult ?: 'FAILURE'
            if (build != 'SUCCESS') result = build
            if (record != null) record.verdict = build == 'FAILURE' ? 'failure' : 'tolerated'
        }
    }

    private boolean holds(Map condition) {
        def given = condition.arguments ? condition.arguments[0] : null
        def inside = { Recorder.of(given, script) }
        def pattern = { String actual, String fallback ->
            def wanted = given instanceof Map ? given.pattern : given
            actual != null && compare(wanted.toString(), actual, given instanceof Map ? given.comparator ?: fallback : fallback)
        }
        switch (condition.name) {
            case 'allOf': return inside().every { holds(it) }
            case 'anyOf': return inside().any { holds(it) }
            case 'not': return !holds(inside()[0])
            case 'expression': return execute(given) as boolean
            case 'branch': return pattern(env.BRANCH_NAME, 'GLOB')
            case 'tag': return pattern(env.TAG_NAME, 'GLOB')
            case 'buildingTag': return env.TAG_NAME != null
            case 'changeRequest': return env.CHANGE_ID != null && (!given || compare(given.target, env.CHANGE_TARGET, given.comparator ?: 'EQUALS'))
            case 'triggeredBy': return given == (event.kind == 'manual' ? 'UserIdCause' : 'BranchEventCause')
            case 'environment': return env[given.name] == given.value
            case 'changeset': return false
        }
        throw new IllegalStateException("the condition $condition.name does not run here")
    }

    private static boolean compare(String wanted, String actual, String comparator) {
        switch (comparator) {
            case 'EQUALS': return wanted == actual
            case 'REGEXP': return actual ==~ wanted
            case 'GLOB': return Workspace.matches(actual, wanted)
        }
        throw new IllegalStateException("no comparator $comparator")
    }

    private def execute(Closure body) {
        def own = body.rehydrate(script, script, script)
        own.resolveStrategy = Closure.OWNER_ONLY
        return own()
    }

    private def withEnvironment(List given, Closure body) {
        if (!given) return body()
        def recorder = new EnvironmentRecorder(script: script)
        def block = given[0][0].rehydrate(recorder, script, script)
        block.resolveStrategy = Closure.DELEGATE_FIRST
        block()
        withVariables(recorder.variables, body)
    }

    /** Sets variables as Jenkins does, which inserts others: https://javadoc.jenkins.io/hudson/EnvVars.html#overrideExpandingAll(java.util.Map) */
    def withVariables(Map variables, Closure body) {
        def outer = env
        def inner = new LinkedHashMap(outer)
        variables.each { name, value -> inner[name] = expand(value.toString(), outer) }
        scoped(inner, body)
    }

    def scoped(Map<String, String> inner, Closure body) {
        def outer = env
        env = inner
        try {
            body()
        } finally {
            env = outer
        }
    }

    /** `$NAME` and `${NAME}` where there is such a variable, `$$` as `$`: https://javadoc.jenkins.io/hudson/Util.html#replaceMacro(java.lang.String,java.util.Map) */
    private static String expand(String text, Map known) {
        text.replaceAll(/\$([A-Za-z0-9_]+|\{[A-Za-z0-9_.]+\}|\$)/) { all, name ->
            name == '$' ? '$' : (known[name.replaceAll('[{}]', '')] ?: all)
        }
    }

    /** Runs one step. */
    def step(String name, List arguments) {
        def body = arguments && arguments.last() instanceof Closure ? arguments.last() : null
        def given = arguments ? arguments[0] : null
        def text = { String key -> (given instanceof Map ? given[key] : given).toString() }
        switch (name) {
            case 'sh': return disk.sh(text('script'), env)
            case 'echo': disk.log << text('message'); return
            case 'error': throw new IllegalStateException(text('message'))
            case 'timeout': return execute(body)
            case 'cache': return execute(body)
            case 'retry':
                for (int attempt = 1; ; attempt++) {
                    try {
                        return execute(body)
                    } catch (Throwable thrown) {
                        if (attempt >= (given instanceof Map ? given.count : given)) throw thrown
                    }
                }
            case 'withEnv': return withVariables(given.collectEntries { it.toString().split('=', 2) as List }) { execute(body) }
            case 'withCredentials': return scoped(env + given.collectEntries { [it.variable, event.secrets[it.credentialsId]] }) { execute(body) }
            case ['string', 'arbitraryFileCache']: return given
            case 'catchError': return caught(given instanceof Map ? given : [:], null) { execute(body) }
            case 'dir': return disk.dir(text('path')) { execute(body) }
            case 'deleteDir': return disk.deleteDir()
            case 'stash': return disk.stash(given)
            case 'unstash': return disk.unstash(text('name'))
            case 'archiveArtifacts': return disk.archive(given)
            case 'junit': return disk.junit(given)
        }
        throw new IllegalStateException("the step `$name` does not run here")
    }

    /** One request a line on the standard input, one answer a line on the standard output. */
    static void main(String... arguments) {
        System.in.eachLine { line ->
            def request = new JsonSlurper().parseText(line)
            def answer
            try {
                def problems = Grammar.check(request.text as String)
                answer = problems || !request.folder ? [problems: problems] : run(request)
            } catch (CompilationFailedException error) {
                answer = [problems: [error.message]]
            } catch (Throwable error) {
                def trace = new StringWriter()
                error.printStackTrace(new PrintWriter(trace))
                answer = [fault: trace.toString()]
            }
            println JsonOutput.toJson(answer)
            System.out.flush()
        }
    }
}

/** A Jenkinsfile: what it does not define itself is a step. */
abstract class JenkinsScript extends Script {
    Declarative declarative

    def methodMissing(String name, arguments) {
        name == 'pipeline' ? declarative.pipeline(arguments[0]) : declarative.step(name, arguments as List)
    }
}

/** Writes down the calls inside a block; functions of the file are called. */
class Recorder {
    JenkinsScript script
    final List<Map> calls = []

    static List<Map> of(value, JenkinsScript script) {
        if (!(value instanceof Closure)) return [[name: value.toString(), arguments: []]]
        def recorder = new Recorder(script: script)
        def block = value.rehydrate(recorder, script, script)
        block.resolveStrategy = Closure.DELEGATE_FIRST
        block()
        return recorder.calls
    }

    def methodMissing(String name, arguments) {
        if (script.metaClass.respondsTo(script, name, *arguments)) return script.invokeMethod(name, arguments)
        def call = [name: name, arguments: arguments.collect { it instanceof GString ? it.toString() : it }]
        calls << call
        return call
    }

    def propertyMissing(String name) {
        script.binding.hasVariable(name) ? script.binding.getVariable(name) : name
    }
}

/** Writes down the variables of an `environment` block. */
class EnvironmentRecorder {
    JenkinsScript script
    final Map<String, String> variables = [:]

    def propertyMissing(String name) {
        variables.containsKey(name) ? variables[name] : script.binding.getVariable(name)
    }

    void propertyMissing(String name, value) {
        variables[name] = value.toString()
    }
}

/** `env` inside a Jenkinsfile. */
class EnvironmentView {
    Declarative declarative

    def propertyMissing(String name) {
        declarative.env[name]
    }
}
