// Build configurations and templates: what their tabs in the web interface hold.
package jetbrains.buildServer.configs.kotlin

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/builds-limiting-mode/ */
enum class BuildsLimitingMode { ADD_TO_QUEUE, CANCEL_OLDEST_RUNNING_BUILD }

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/failure-action/ */
enum class FailureAction { FAIL_TO_START, ADD_PROBLEM, IGNORE, CANCEL }

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/reuse-builds/ */
enum class ReuseBuilds { NO, ANY, SUCCESSFUL }

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/checkout-mode/ */
enum class CheckoutMode { AUTO, ON_SERVER, ON_AGENT, MANUAL }

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-type-settings/ */
@TeamCityDsl
open class BuildTypeSettings : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-type-settings/type/ */
    enum class Type { REGULAR, COMPOSITE, DEPLOYMENT }

    private var own: String? = null
    private val params = ParametrizedWithType()
    private val vcs = VcsSettings()
    private val steps = BuildSteps()
    private val triggers = Triggers()
    private val features = BuildFeatures()
    private val dependencies = Dependencies()
    private val requirements = Requirements()
    private val failureConditions = FailureConditions()

    var name: String = ""
    var description: String = ""
    var type: Type = Type.REGULAR
    var artifactRules: String = ""
    var buildNumberPattern: String = "%build.counter%"
    var maxRunningBuilds: Int = 0
    var maxRunningBuildsPerBranch: String = ""
    var runningBuildsLimitingMode: BuildsLimitingMode? = null

    fun id(id: String) {
        own = id
    }

    fun params(init: ParametrizedWithType.() -> Unit) = params.init()
    fun vcs(init: VcsSettings.() -> Unit) = vcs.init()
    fun steps(init: BuildSteps.() -> Unit) = steps.init()
    fun triggers(init: Triggers.() -> Unit) = triggers.init()
    fun features(init: BuildFeatures.() -> Unit) = features.init()
    fun dependencies(init: Dependencies.() -> Unit) = dependencies.init()
    fun requirements(init: Requirements.() -> Unit) = requirements.init()
    fun failureConditions(init: FailureConditions.() -> Unit) = failureConditions.init()

    /** "id can be omitted if it matches the class name". */
    internal fun identifier() = own ?: javaClass.simpleName

    override fun model() = mapOf(
        "id" to identifier(), "name" to name, "type" to type.name, "artifactRules" to artifactRules,
        "buildNumberPattern" to buildNumberPattern,
        "maxRunningBuilds" to maxRunningBuilds, "maxRunningBuildsPerBranch" to maxRunningBuildsPerBranch,
        "runningBuildsLimitingMode" to runningBuildsLimitingMode?.name,
        "templates" to templateIds(), "params" to params.model(), "vcs" to vcs.model(),
        "steps" to steps.items.map { it.model() }, "triggers" to triggers.items.map { it.model() },
        "features" to features.items.map { it.model() }, "snapshots" to dependencies.snapshots,
        "artifacts" to dependencies.artifacts, "requirements" to requirements.items,
        "failureConditions" to failureConditions.model(),
    )

    internal open fun templateIds(): List<String> = emptyList()
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-type/ */
open class BuildType() : BuildTypeSettings() {
    private val templates = ArrayList<Template>()

    constructor(init: BuildType.() -> Unit) : this() {
        init()
    }

    fun templates(vararg templates: Template) {
        this.templates.addAll(templates)
    }

    override fun templateIds() = templates.map { it.identifier() }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/template/ */
open class Template() : BuildTypeSettings() {
    constructor(init: Template.() -> Unit) : this() {
        init()
    }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/vcs-settings/ */
@TeamCityDsl
class VcsSettings : Modelled {
    private val roots = ArrayList<String>()

    var branchFilter: String = ""
    var checkoutDir: String = ""
    var checkoutMode: CheckoutMode = CheckoutMode.AUTO
    var cleanCheckout: Boolean = false
    var showDependenciesChanges: Boolean = false

    fun root(root: VcsRoot, vararg rules: String) {
        roots.add(root.id.value)
    }

    override fun model() = mapOf(
        "roots" to roots, "branchFilter" to branchFilter,
        "checkoutMode" to checkoutMode.name, "cleanCheckout" to cleanCheckout,
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/snapshot-dependency/ */
@TeamCityDsl
class SnapshotDependency {
    var onDependencyCancel: FailureAction = FailureAction.CANCEL
    var onDependencyFailure: FailureAction = FailureAction.FAIL_TO_START
    var reuseBuilds: ReuseBuilds = ReuseBuilds.SUCCESSFUL
    var runOnSameAgent: Boolean = false
    var synchronizeRevisions: Boolean = true
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/artifact-dependency/ */
@TeamCityDsl
class ArtifactDependency {
    var artifactRules: String = ""
    var cleanDestination: Boolean = false
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/dependencies/ */
@TeamCityDsl
class Dependencies {
    internal val snapshots = ArrayList<Map<String, Any?>>()
    internal val artifacts = ArrayList<Map<String, Any?>>()

    fun snapshot(buildType: BuildType, init: SnapshotDependency.() -> Unit) {
        val it = SnapshotDependency().apply(init)
        snapshots.add(
            mapOf(
                "on" to buildType.identifier(), "reuse" to it.reuseBuilds.name,
                "failure" to it.onDependencyFailure.name, "cancel" to it.onDependencyCancel.name,
            )
        )
    }

    fun artifacts(buildType: BuildType, init: ArtifactDependency.() -> Unit) {
        val it = ArtifactDependency().apply(init)
        artifacts.add(mapOf("on" to buildType.identifier(), "rules" to it.artifactRules))
    }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/requirements/ */
@TeamCityDsl
open class Requirements {
    internal val items = ArrayList<Map<String, Any?>>()

    private fun add(verb: String, param: String, value: String? = null) {
        items.add(mapOf("verb" to verb, "param" to param, "value" to value))
    }

    fun contains(param: String, value: String, id: String? = null) = add("contains", param, value)
    fun doesNotContain(param: String, value: String, id: String? = null) = add("doesNotContain", param, value)
    fun doesNotEqual(param: String, value: String, id: String? = null) = add("doesNotEqual", param, value)
    fun doesNotExist(param: String, id: String? = null) = add("doesNotExist", param)
    fun doesNotMatch(param: String, value: String, id: String? = null) = add("doesNotMatch", param, value)
    fun equals(param: String, value: String, id: String? = null) = add("equals", param, value)
    fun exists(param: String, id: String? = null) = add("exists", param)
    fun matches(param: String, value: String, id: String? = null) = add("matches", param, value)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/failure-conditions/ */
@TeamCityDsl
class FailureConditions : Modelled {
    var errorMessage: Boolean = false
    var executionTimeoutMin: Int = 0
    var javaCrash: Boolean = true
    var nonZeroExitCode: Boolean = true
    var supportTestRetry: Boolean = false
    var testFailure: Boolean = true

    override fun model() = mapOf(
        "executionTimeoutMin" to executionTimeoutMin, "testFailure" to testFailure, "nonZeroExitCode" to nonZeroExitCode,
    )
}
