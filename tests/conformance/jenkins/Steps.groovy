/** What steps, options, parameters, triggers and conditions take, each with the page of its vendor. */
class Steps {
    private static final RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    private static final COMPARATOR = ['EQUALS', 'GLOB', 'REGEXP']
    private static final SCRIPT = [first: 'script', required: ['script'], named: [script: 'text', label: 'text', encoding: 'text', returnStatus: 'truth', returnStdout: 'truth']]
    private static final MESSAGE = [first: 'message', required: ['message'], named: [message: 'text']]
    private static final CATCH = [body: true, first: 'message', named: [message: 'text', buildResult: RESULTS, stageResult: RESULTS, catchInterruptions: 'truth']]
    private static final TIMEOUT = [first: 'time', required: ['time'], named: [time: 'number', activity: 'truth', unit: ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS']]]
    private static final RETRY = [first: 'count', required: ['count'], named: [count: 'number', conditions: 'list']]

    static final Map STEPS = [
        // https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/
        sh: SCRIPT, pwsh: SCRIPT,
        // https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/
        echo: MESSAGE, error: MESSAGE, deleteDir: [:],
        dir: [body: true, first: 'path', required: ['path'], named: [path: 'text']],
        timeout: TIMEOUT + [body: true], retry: RETRY + [body: true],
        withEnv: [body: true, first: 'overrides', required: ['overrides'], named: [overrides: 'list']],
        stash: [first: 'name', required: ['name'], named: [name: 'text', includes: 'text', excludes: 'text', allowEmpty: 'truth', useDefaultExcludes: 'truth']],
        unstash: [first: 'name', required: ['name'], named: [name: 'text']],
        catchError: CATCH, warnError: [body: true, first: 'message', required: ['message'], named: [message: 'text', catchInterruptions: 'truth']],
        // https://www.jenkins.io/doc/pipeline/steps/pipeline-milestone-step/
        milestone: [first: 'ordinal', named: [ordinal: 'number', label: 'text', unsafe: 'truth']],
        // https://www.jenkins.io/doc/pipeline/steps/core/#archiveartifacts-archive-the-artifacts
        archiveArtifacts: [first: 'artifacts', required: ['artifacts'], named: [artifacts: 'text', allowEmptyArchive: 'truth', excludes: 'text', fingerprint: 'truth', onlyIfSuccessful: 'truth', defaultExcludes: 'truth', caseSensitive: 'truth', followSymlinks: 'truth']],
        // https://www.jenkins.io/doc/pipeline/steps/junit/
        junit: [first: 'testResults', required: ['testResults'], named: [testResults: 'text', allowEmptyResults: 'truth', keepLongStdio: 'truth', skipPublishingChecks: 'truth', skipMarkingBuildUnstable: 'truth', skipOldReports: 'truth', checksName: 'text']],
        // https://www.jenkins.io/doc/pipeline/steps/credentials-binding/
        withCredentials: [body: true, first: 'bindings', required: ['bindings'], named: [bindings: 'list']],
        string: [required: ['credentialsId', 'variable'], named: [credentialsId: 'text', variable: 'text']],
        // https://www.jenkins.io/doc/pipeline/steps/jobcacher/
        cache: [body: true, required: ['caches'], named: [caches: 'list', defaultBranch: 'text', maxCacheSize: 'number', skipSave: 'truth', skipRestore: 'truth']],
        arbitraryFileCache: [required: ['path'], named: [path: 'text', includes: 'text', excludes: 'text', cacheName: 'text', cacheValidityDecidingFile: 'text', compressionMethod: ['NONE', 'ZIP', 'TARGZ', 'TAR_ZSTD'], useDefaultExcludes: 'truth']],
        // https://www.jenkins.io/doc/pipeline/steps/workflow-scm-step/ and https://plugins.jenkins.io/git/
        checkout: [first: 'scm', required: ['scm'], named: [scm: 'anything', changelog: 'truth', poll: 'truth']],
        scmGit: [required: ['branches', 'userRemoteConfigs'], named: [branches: 'list', extensions: 'list', userRemoteConfigs: 'list']],
        submodule: [named: [recursiveSubmodules: 'truth', parentCredentials: 'truth', disableSubmodules: 'truth', trackingSubmodules: 'truth', shallow: 'truth', depth: 'number', reference: 'text', timeout: 'number']],
        lfs: [:],
    ]

    // https://www.jenkins.io/doc/book/pipeline/syntax/#options; a stage also takes steps with a block.
    static final Map OPTIONS = [
        buildDiscarder: [first: 'strategy', required: ['strategy'], named: [strategy: 'anything']],
        disableConcurrentBuilds: [named: [abortPrevious: 'truth']],
        skipDefaultCheckout: [first: 'skip', named: [skip: 'truth']],
        timeout: TIMEOUT, retry: RETRY, timestamps: [:], parallelsAlwaysFailFast: [:], preserveStashes: [named: [buildCount: 'number']],
        catchError: CATCH + [body: false],
        // https://www.jenkins.io/doc/pipeline/steps/lockable-resources/
        lock: [first: 'resource', named: [resource: 'text', label: 'text', quantity: 'number', inversePrecedence: 'truth', skipIfLocked: 'truth', variable: 'text', priority: 'number']],
    ]

    // https://www.jenkins.io/doc/book/pipeline/syntax/#parameters
    static final Map PARAMETERS = [
        string: [required: ['name'], named: [name: 'text', defaultValue: 'text', description: 'text', trim: 'truth']],
        text: [required: ['name'], named: [name: 'text', defaultValue: 'text', description: 'text']],
        booleanParam: [required: ['name'], named: [name: 'text', defaultValue: 'truth', description: 'text']],
        choice: [required: ['name', 'choices'], named: [name: 'text', choices: 'list', description: 'text']],
    ]

    // https://www.jenkins.io/doc/book/pipeline/syntax/#triggers
    static final Map TRIGGERS = [
        cron: [first: 'spec', required: ['spec'], named: [spec: 'text']],
        pollSCM: [first: 'spec', required: ['spec'], named: [spec: 'text']],
        upstream: [required: ['upstreamProjects'], named: [upstreamProjects: 'text', threshold: 'anything']],
    ]

    /** https://www.jenkins.io/doc/book/pipeline/syntax/#supported-tools, and the tool that the plugin Git brings. */
    static final Set TOOLS = ['maven', 'jdk', 'gradle', 'git'] as Set

    // https://www.jenkins.io/doc/book/pipeline/syntax/#when
    static final Map CONDITIONS = [
        branch: [first: 'pattern', required: ['pattern'], named: [pattern: 'text', comparator: COMPARATOR]],
        tag: [first: 'pattern', required: ['pattern'], named: [pattern: 'text', comparator: COMPARATOR]],
        changeset: [first: 'pattern', required: ['pattern'], named: [pattern: 'text', comparator: COMPARATOR, caseSensitive: 'truth']],
        changeRequest: [named: [id: 'text', target: 'text', branch: 'text', fork: 'text', url: 'text', title: 'text', author: 'text', comparator: COMPARATOR]],
        buildingTag: [:],
        triggeredBy: [first: 'cause', required: ['cause'], named: [cause: 'text', detail: 'text']],
        environment: [required: ['name', 'value'], named: [name: 'text', value: 'text', ignoreCase: 'truth']],
        equals: [required: ['expected', 'actual'], named: [expected: 'anything', actual: 'anything']],
    ]

    /** Methods of strings and lists that the sandbox lets pass: https://plugins.jenkins.io/script-security/ */
    static final Set METHODS = ['replace', 'replaceAll', 'toString', 'isEmpty', 'contains', 'startsWith', 'endsWith'] as Set
}
