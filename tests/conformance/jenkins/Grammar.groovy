import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.Phases

/**
 * The grammar of declarative pipelines, as Jenkins checks it before a build begins: https://www.jenkins.io/doc/book/pipeline/syntax/
 * What is not listed here is a problem, in whatever part of the file it stands.
 */
class Grammar {
    final List<String> problems = []
    private Map<String, Integer> functions

    /** Everything that is wrong with the text of a Jenkinsfile. */
    static List<String> check(String text) {
        def grammar = new Grammar()
        def unit = new CompilationUnit()
        unit.addSource('Jenkinsfile', text)
        unit.compile(Phases.CONVERSION)
        grammar.file(unit.AST.modules[0])
        return grammar.problems
    }

    private void problem(node, String what) {
        problems << "line ${node.lineNumber}: $what".toString()
    }

    private void file(module) {
        functions = module.methods.collectEntries { [it.name, it.parameters.length] }
        def statements = module.statementBlock.statements
        def pipelines = statements.findAll { isCall(it, 'pipeline') }
        if (pipelines.size() != 1 || statements.last() != pipelines[0]) problem(module, 'there must be one `pipeline`, at the end')
        statements.findAll { !isCall(it, 'pipeline') }.each {
            if (!(it instanceof ExpressionStatement && it.expression instanceof DeclarationExpression)) problem(it, 'a statement outside of `pipeline`')
        }
        module.methods.each { if (it.declaringClass == null || it.declaringClass.isScript()) scripted(it.code) }
        pipelines.each { pipeline(it.expression) }
    }

    private static boolean isCall(statement, String name) {
        statement instanceof ExpressionStatement && statement.expression instanceof MethodCallExpression &&
            statement.expression.methodAsString == name
    }

    /** The arguments of a call: `named` and `plain` ones, and the `body`. */
    private static Map arguments(MethodCallExpression call) {
        def all = call.arguments.expressions.collect()
        def body = all && all.last() instanceof ClosureExpression ? all.remove(all.size() - 1) : null
        def named = [:]
        def plain = []
        all.each { argument ->
            if (argument instanceof MapExpression) argument.mapEntryExpressions.each { named[it.keyExpression.text] = it.valueExpression }
            else plain << argument
        }
        return [named: named, plain: plain, body: body]
    }

    /** The calls of a block, each of which must have one of the names. */
    private List<MethodCallExpression> block(ClosureExpression closure, String where, Collection<String> names, boolean once = true) {
        def calls = []
        closure.code.statements.each { statement ->
            def call = statement instanceof ExpressionStatement ? statement.expression : null
            if (!(call instanceof MethodCallExpression) || !call.implicitThis) problem(statement, "$where can only hold ${names.join(', ')}")
            else if (!(call.methodAsString in names)) problem(call, "$where has no `${call.methodAsString}`")
            else calls << call
        }
        if (once) calls.countBy { it.methodAsString }.each { name, count -> if (count > 1) problem(closure, "$where has $count × `$name`") }
        return calls
    }

    private ClosureExpression body(MethodCallExpression call) {
        def found = arguments(call).body
        if (found == null) problem(call, "`${call.methodAsString}` needs a block")
        return found
    }

    private void pipeline(MethodCallExpression pipeline) {
        def calls = block(body(pipeline), 'pipeline', ['agent', 'environment', 'options', 'parameters', 'triggers', 'tools', 'stages', 'post'])
        ['agent', 'stages'].each { name -> if (!calls.any { it.methodAsString == name }) problem(pipeline, "`$name` is missing") }
        calls.each { call -> section(call, false) }
    }

    private void section(MethodCallExpression call, boolean inParallel) {
        switch (call.methodAsString) {
            case 'agent': agent(call); break
            case 'environment': environment(body(call)); break
            case 'options': block(body(call), 'options', Steps.OPTIONS.keySet()).each { typed(it, Steps.OPTIONS[it.methodAsString]) }; break
            case 'parameters': block(body(call), 'parameters', Steps.PARAMETERS.keySet(), false).each { typed(it, Steps.PARAMETERS[it.methodAsString]) }; break
            case 'triggers': block(body(call), 'triggers', Steps.TRIGGERS.keySet()).each { typed(it, Steps.TRIGGERS[it.methodAsString]) }; break
            case 'tools': block(body(call), 'tools', Steps.TOOLS).each { typed(it, [first: 'name', required: ['name'], named: [name: 'text']]) }; break
            case 'stages': stages(body(call), 'stages', inParallel); break
            case 'post':
                def outcomes = ['always', 'changed', 'fixed', 'regression', 'aborted', 'failure', 'success', 'unstable', 'unsuccessful', 'cleanup']
                def found = block(body(call), 'post', outcomes)
                if (!found) problem(call, '`post` is empty')
                found.each { steps(body(it), it.methodAsString) }
                break
            default: problem(call, "`${call.methodAsString}` is not checked here")
        }
    }

    private void agent(MethodCallExpression call) {
        def given = arguments(call)
        if (given.body == null) {
            if (!(given.plain.size() == 1 && given.plain[0].text in ['none', 'any'])) problem(call, '`agent` is `none`, `any` or a block')
            return
        }
        def kinds = block(given.body, 'agent', ['label', 'docker'])
        if (kinds.size() != 1) problem(call, '`agent` has one kind')
        kinds.each { kind ->
            if (kind.methodAsString == 'label') return typed(kind, [first: 'label', named: [label: 'text'], required: ['label']])
            def inside = arguments(kind).body
            if (inside == null) return problem(kind, '`docker` is a block here')
            def types = [image: 'text', label: 'text', args: 'text', customWorkspace: 'text', registryUrl: 'text', registryCredentialsId: 'text', reuseNode: 'truth', alwaysPull: 'truth']
            def settings = block(inside, 'docker', types.keySet())
            settings.each { typed(it, [first: 'value', named: [value: types[it.methodAsString]], required: ['value']]) }
            if (!settings.any { it.methodAsString == 'image' }) problem(kind, '`docker` has no image')
        }
    }

    private void environment(ClosureExpression closure) {
        if (closure == null) return
        if (!closure.code.statements) problem(closure, '`environment` is empty')
        def names = []
        closure.code.statements.each { statement ->
            def set = statement instanceof ExpressionStatement ? statement.expression : null
            if (!(set instanceof BinaryExpression && set.operation.text == '=' && set.leftExpression instanceof VariableExpression)) {
                return problem(statement, '`environment` holds NAME = value')
            }
            if (set.leftExpression.name in names) problem(statement, "${set.leftExpression.name} is set twice")
            names << set.leftExpression.name
            if (!isText(set.rightExpression)) problem(statement, "${set.leftExpression.name} is no string")
            expressions(set.rightExpression)
        }
    }

    private void stages(ClosureExpression closure, String where, boolean inParallel) {
        if (closure == null) return
        def found = block(closure, where, ['stage'], false)
        if (!found) problem(closure, "`$where` is empty")
        def names = found.collect { arguments(it).plain[0]?.text }
        names.countBy { it }.each { name, count -> if (count > 1) problem(closure, "$count stages are named `$name`") }
        found.each { stage(it, inParallel) }
    }

    private void stage(MethodCallExpression stage, boolean inParallel) {
        def given = arguments(stage)
        if (given.plain.size() != 1 || !isConstant(given.plain[0], String) || !given.plain[0].text) problem(stage, 'a stage has a name')
        def kinds = ['steps', 'stages', 'parallel', 'matrix']
        def calls = block(body(stage), 'stage', ['agent', 'environment', 'options', 'tools', 'when', 'failFast', 'post'] + kinds)
        def kind = calls.findAll { it.methodAsString in kinds }*.methodAsString
        if (kind.size() != 1) problem(stage, "a stage has one of ${kinds.join(', ')}, this one $kind")
        def splits = 'parallel' in kind || 'matrix' in kind
        if (splits && inParallel) problem(stage, 'a parallel stage or a matrix inside another')
        calls.each { call ->
            switch (call.methodAsString) {
                case 'steps': steps(body(call), 'steps'); break
                case 'parallel': stages(body(call), 'parallel', true); break
                case 'matrix': matrix(body(call)); break
                case 'when': when(body(call)); break
                case 'failFast':
                    if (!splits) problem(call, '`failFast` without parallel stages')
                    if (!isConstant(arguments(call).plain[0], Boolean)) problem(call, '`failFast` is true or false')
                    break
                case ['agent', 'tools']: if (splits) problem(call, "`${call.methodAsString}` above parallel stages")
                default: section(call, inParallel || splits)
            }
        }
    }

    private void matrix(ClosureExpression closure) {
        if (closure == null) return
        def calls = block(closure, 'matrix', ['axes', 'excludes', 'stages', 'agent', 'environment', 'options', 'when', 'post'])
        ['axes', 'stages'].each { name -> if (!calls.any { it.methodAsString == name }) problem(closure, "`matrix` has no `$name`") }
        def values = [:]
        calls.sort { it.methodAsString == 'axes' ? 0 : 1 }.each { call ->
            if (call.methodAsString == 'axes') values = axes(body(call), ['values'])
            else if (call.methodAsString == 'when') when(body(call))
            else if (call.methodAsString == 'excludes') {
                block(body(call), 'excludes', ['exclude'], false).each { exclude ->
                    axes(body(exclude), ['values', 'notValues']).each { name, excluded ->
                        if (!values.containsKey(name)) problem(exclude, "there is no axis $name")
                        else if (!values[name].containsAll(excluded)) problem(exclude, "$name has not all of $excluded")
                    }
                }
            } else section(call, true)
        }
    }

    private Map<String, List<String>> axes(ClosureExpression closure, List<String> kinds) {
        def found = [:]
        block(closure, 'axes', ['axis'], false).each { axis ->
            def parts = block(body(axis), 'axis', ['name'] + kinds)
            def name = parts.find { it.methodAsString == 'name' }
            def values = parts.find { it.methodAsString in kinds }
            if (name == null || values == null) return problem(axis, 'an axis has a name and values')
            def texts = arguments(values).plain
            if (!texts || !texts.every { isConstant(it, String) }) problem(values, 'values of an axis are strings')
            if (texts*.text.toUnique().size() != texts.size()) problem(values, 'an axis has a value twice')
            def key = arguments(name).plain[0].text
            if (found.containsKey(key)) problem(axis, "there are two axes $key")
            found[key] = texts*.text
        }
        return found
    }

    private void when(ClosureExpression closure) {
        if (closure == null) return
        def flags = ['beforeAgent', 'beforeInput', 'beforeOptions']
        def calls = block(closure, 'when', flags + Steps.CONDITIONS.keySet() + ['allOf', 'anyOf', 'not', 'expression'], false)
        def conditions = calls.findAll { !(it.methodAsString in flags) }
        calls.findAll { it.methodAsString in flags }.each { if (!isConstant(arguments(it).plain[0], Boolean)) problem(it, 'true or false') }
        if (!conditions) problem(closure, '`when` has no condition')
        conditions.each { condition(it) }
    }

    private void condition(MethodCallExpression call) {
        def name = call.methodAsString
        if (name in ['allOf', 'anyOf', 'not']) {
            def inside = block(body(call), name, Steps.CONDITIONS.keySet() + ['allOf', 'anyOf', 'not', 'expression'], false)
            if (!inside || name == 'not' && inside.size() != 1) problem(call, "`$name` has ${inside.size()} conditions")
            inside.each { condition(it) }
        } else if (name == 'expression') expressions(body(call))
        else typed(call, Steps.CONDITIONS[name])
    }

    /** In a declarative block there are only calls of steps, and of functions of the file. */
    private void steps(ClosureExpression closure, String where) {
        if (closure == null) return
        if (!closure.code.statements) problem(closure, "`$where` is empty")
        closure.code.statements.each { statement ->
            if (!(statement instanceof ExpressionStatement && statement.expression instanceof MethodCallExpression)) problem(statement, "`$where` holds steps only")
        }
        scripted(closure.code)
    }

    private void expressions(Expression expression) {
        scripted(new ExpressionStatement(expression))
    }

    /** Every call of a step in ordinary code, and every method of an object, which the sandbox must know. */
    private void scripted(Statement code) {
        def grammar = this
        code.visit(new CodeVisitorSupport() {
            void visitMethodCallExpression(MethodCallExpression call) {
                grammar.call(call)
                super.visitMethodCallExpression(call)
            }

            void visitConstructorCallExpression(ConstructorCallExpression call) {
                grammar.problem(call, 'the sandbox lets no objects be made here')
            }
        })
    }

    private void call(MethodCallExpression call) {
        def name = call.methodAsString
        if (!call.implicitThis) {
            if (!(name in Steps.METHODS)) problem(call, "the method `$name` is not known here")
        } else if (functions.containsKey(name)) {
            def given = call.arguments.expressions.size()
            if (given != functions[name]) problem(call, "`$name` takes ${functions[name]} arguments, not $given")
        } else if (Steps.STEPS.containsKey(name)) typed(call, Steps.STEPS[name])
        else problem(call, "there is no step `$name`")
    }

    /** Compares the arguments of a call with what it takes. */
    private void typed(MethodCallExpression call, Map takes) {
        def given = arguments(call)
        def name = call.methodAsString
        def found = [:] + given.named
        if (given.plain.size() > 1 || given.plain && !takes.first) problem(call, "`$name` takes no such arguments")
        else if (given.plain) found[takes.first] = given.plain[0]
        found.each { key, value ->
            def type = takes.named?.get(key)
            if (type == null) problem(call, "`$name` has no `$key`")
            else if (!fits(value, type)) problem(call, "`$key` of `$name` is no $type: ${value.text}")
        }
        (takes.required ?: []).each { if (!found.containsKey(it)) problem(call, "`$name` needs `$it`") }
        if ((given.body != null) != (takes.body ?: false)) problem(call, "`$name` ${takes.body ? 'needs' : 'has no'} block")
    }

    private static boolean isConstant(expression, Class type) {
        expression instanceof ConstantExpression && type.isInstance(expression.value)
    }

    /** A string, or what is only known later. */
    private static boolean isText(expression) {
        !(expression instanceof ConstantExpression) && !(expression instanceof ListExpression) && !(expression instanceof MapExpression) || isConstant(expression, String)
    }

    private static boolean fits(expression, type) {
        if (type instanceof List) return isConstant(expression, String) && expression.value in type
        switch (type) {
            case 'text': return isText(expression)
            case 'truth': return isConstant(expression, Boolean)
            case 'number': return isConstant(expression, Integer)
            case 'list': return expression instanceof ListExpression || !(expression instanceof ConstantExpression)
            case 'anything': return true
        }
        throw new IllegalArgumentException("no type $type")
    }
}
