// The two runners of scripts: the command line and PowerShell.
package jetbrains.buildServer.configs.kotlin.buildSteps

import jetbrains.buildServer.configs.kotlin.BuildStep
import jetbrains.buildServer.configs.kotlin.BuildSteps
import jetbrains.buildServer.configs.kotlin.TeamCityDsl

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/script-build-step/ */
class ScriptBuildStep : BuildStep() {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/script-build-step/image-platform/ */
    enum class ImagePlatform { Any, Linux, Windows }

    var scriptContent: String? = null
    var workingDir: String? = null
    var formatStderrAsError: Boolean? = null
    var dockerImage: String? = null
    var dockerImagePlatform: ImagePlatform? = null
    var dockerPull: Boolean? = null
    var dockerRunParameters: String? = null

    override fun model() = super.model() + mapOf(
        "runner" to "script", "script" to scriptContent, "image" to dockerImage, "run" to dockerRunParameters,
        "workingDir" to workingDir,
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/script.html */
fun BuildSteps.script(init: ScriptBuildStep.() -> Unit): ScriptBuildStep = ScriptBuildStep().apply(init).also(::step)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell-step/ */
class PowerShellStep : BuildStep() {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell-step/edition/ */
    enum class Edition { Core, Desktop }

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell-step/platform/ */
    enum class Platform { x86, x64 }

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell-step/image-platform/ */
    enum class ImagePlatform { Any, Linux, Windows }

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell-step/script-mode/ */
    @TeamCityDsl
    sealed class ScriptMode {
        class File : ScriptMode() {
            var path: String? = null
        }

        class Script : ScriptMode() {
            var content: String? = null
        }
    }

    var edition: Edition? = null
    var platform: Platform? = null
    var workingDir: String? = null
    var formatStderrAsError: Boolean? = null
    var noProfile: Boolean? = null
    var scriptMode: ScriptMode? = null
    var dockerImage: String? = null
    var dockerImagePlatform: ImagePlatform? = null
    var dockerPull: Boolean? = null
    var dockerRunParameters: String? = null

    fun file(init: ScriptMode.File.() -> Unit = {}): ScriptMode.File = ScriptMode.File().apply(init)
    fun script(init: ScriptMode.Script.() -> Unit = {}): ScriptMode.Script = ScriptMode.Script().apply(init)

    override fun model() = super.model() + mapOf(
        "runner" to "powerShell", "script" to (scriptMode as? ScriptMode.Script)?.content, "edition" to edition?.name,
        "image" to dockerImage, "run" to dockerRunParameters, "workingDir" to workingDir,
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildSteps/power-shell.html */
fun BuildSteps.powerShell(init: PowerShellStep.() -> Unit): PowerShellStep = PowerShellStep().apply(init).also(::step)
