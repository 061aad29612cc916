// Build steps: when they run, and the two that run scripts.
package jetbrains.buildServer.configs.kotlin

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-steps/ */
@TeamCityDsl
class BuildSteps {
    internal val items = ArrayList<BuildStep>()

    fun step(step: BuildStep) {
        items.add(step)
    }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-step-conditions/ */
class BuildStepConditions : Requirements()

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-step/ */
@TeamCityDsl
open class BuildStep : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-step/execution-mode/ */
    enum class ExecutionMode { DEFAULT, RUN_ON_SUCCESS, RUN_ON_FAILURE, RUN_ONLY_ON_FAILURE, ALWAYS }

    private val conditions = BuildStepConditions()

    var name: String = ""
    var enabled: Boolean = true
    var executionMode: ExecutionMode = ExecutionMode.DEFAULT

    fun conditions(init: BuildStepConditions.() -> Unit) = conditions.init()

    override fun model(): Map<String, Any?> =
        mapOf("name" to name, "mode" to executionMode.name, "conditions" to conditions.items)
}
