// The project, what a script is told from outside, and parameters.
// Pages: https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/ and below.
package jetbrains.buildServer.configs.kotlin

/** Keeps a block from calling what belongs to a block around it. */
@DslMarker
annotation class TeamCityDsl

/** What can be written as JSON: maps, lists, strings, numbers, booleans and null. */
interface Modelled {
    fun model(): Any?
}

/** What a script registered; read by [main], which starts each script with a fresh one. */
object Registered {
    var project: Project? = null
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/version.html */
var version: String = ""

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/id/ */
class Id(val value: String) {
    override fun toString() = value
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/vcs-root/ */
class VcsRoot internal constructor(val id: Id)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/dsl-context/ */
object DslContext {
    internal val parameters = HashMap<String, String>()
    val settingsRoot = VcsRoot(Id("Settings"))

    fun getParameter(name: String, defaultValue: String? = null): String =
        parameters[name] ?: defaultValue ?: throw IllegalStateException("the context parameter $name is not defined")
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/project.html */
fun project(init: Project.() -> Unit) {
    check(Registered.project == null) { "a script calls project() once" }
    Registered.project = Project().apply(init)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/project/ */
@TeamCityDsl
class Project : Modelled {
    private val buildTypes = ArrayList<BuildType>()
    private val templates = ArrayList<Template>()
    private val params = ParametrizedWithType()
    private val features = ProjectFeatures()

    var name: String = ""
    var description: String = ""

    fun buildType(buildType: BuildType): BuildType = buildType.also { buildTypes.add(it) }
    fun template(template: Template): Template = template.also { templates.add(it) }
    fun params(init: ParametrizedWithType.() -> Unit) = params.init()
    fun features(init: ProjectFeatures.() -> Unit) = features.init()

    override fun model() = mapOf(
        "version" to version,
        "params" to params.model(),
        "features" to features.items.map { it.model() },
        "templates" to templates.map { it.model() },
        "buildTypes" to buildTypes.map { it.model() },
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/project-features/ */
@TeamCityDsl
class ProjectFeatures {
    internal val items = ArrayList<Modelled>()
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/shared-resource/ */
@TeamCityDsl
class SharedResource : Modelled {
    abstract class SharedResourceType internal constructor(internal val model: Map<String, Any?>)
    class Infinite internal constructor() : SharedResourceType(mapOf("type" to "infinite"))
    class Quoted internal constructor(quota: Int) : SharedResourceType(mapOf("type" to "quoted", "quota" to quota))

    var id: String? = null
    var name: String? = null
    var enabled: Boolean? = null
    var resourceType: SharedResourceType? = null

    fun infinite(): SharedResourceType = Infinite()
    fun quoted(quota: Int): SharedResourceType = Quoted(quota)

    override fun model() = mapOf("kind" to "sharedResource", "id" to id, "name" to name, "type" to resourceType?.model)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/shared-resource.html */
fun ProjectFeatures.sharedResource(init: SharedResource.() -> Unit) {
    items.add(SharedResource().apply(init))
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parameter-display/ */
enum class ParameterDisplay { NORMAL, HIDDEN, PROMPT }

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/ */
@TeamCityDsl
class ParametrizedWithType : Modelled {
    private val items = LinkedHashMap<String, Map<String, Any?>>()

    private fun add(name: String, value: String, type: String, vararg more: Pair<String, Any?>) {
        check(name !in items) { "the parameter $name is set twice" }
        items[name] = mapOf("value" to value, "type" to type, *more)
    }

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/param.html */
    fun param(name: String, value: String) = add(name, value, "plain")

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/text.html */
    fun text(
        name: String, value: String, label: String = "", description: String = "",
        display: ParameterDisplay = ParameterDisplay.NORMAL, readOnly: Boolean = false, allowEmpty: Boolean,
    ) = add(name, value, "text", "label" to label, "display" to display.name, "allowEmpty" to allowEmpty)

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/text.html */
    fun text(
        name: String, value: String, label: String = "", description: String = "",
        display: ParameterDisplay = ParameterDisplay.NORMAL, readOnly: Boolean = false,
        regex: String, validationMessage: String = "",
    ) = add(name, value, "text", "label" to label, "display" to display.name, "regex" to regex)

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/checkbox.html */
    fun checkbox(
        name: String, value: String, label: String = "", description: String = "",
        display: ParameterDisplay = ParameterDisplay.NORMAL, readOnly: Boolean = false,
        checked: String? = null, unchecked: String? = null,
    ) = add(
        name, value, "checkbox",
        "label" to label, "display" to display.name, "options" to listOf(checked, unchecked),
    )

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/select.html */
    fun select(
        name: String, value: String, label: String = "", description: String = "",
        display: ParameterDisplay = ParameterDisplay.NORMAL, readOnly: Boolean = false,
        allowMultiple: Boolean = false, valueSeparator: String = ",", options: List<Any> = listOf(),
    ) = add(name, value, "select", "label" to label, "display" to display.name, "options" to options.map { "$it" })

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/parametrized-with-type/password.html */
    fun password(
        name: String, value: String, label: String = "", description: String = "",
        display: ParameterDisplay = ParameterDisplay.NORMAL, readOnly: Boolean = false,
    ) = add(name, value, "password", "label" to label, "display" to display.name)

    override fun model() = items
}
