// The two lists of a build that plugins add to, and the features of the core.
package jetbrains.buildServer.configs.kotlin

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/triggers/ */
@TeamCityDsl
class Triggers {
    internal val items = ArrayList<Modelled>()

    fun trigger(trigger: Modelled) {
        items.add(trigger)
    }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-features/ */
@TeamCityDsl
class BuildFeatures {
    internal val items = ArrayList<Modelled>()

    fun feature(feature: Modelled) {
        items.add(feature)
    }
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/matrix-feature/ */
@TeamCityDsl
class MatrixFeature : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/matrix-feature/value/ */
    data class Value(val value: String, val label: String? = null)

    private val axes = LinkedHashMap<String, List<Value>>()

    var os: List<Value>? = null
    var groupArtifactsByBuild: Boolean = true

    fun value(value: String, label: String? = null) = Value(value, label)

    fun param(name: String, values: List<Value>) {
        check(name !in axes) { "the axis $name is there twice" }
        axes[name] = values
    }

    override fun model() = mapOf("kind" to "matrix", "axes" to axes.mapValues { (_, values) -> values.map { it.value } })
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/matrix.html */
fun BuildFeatures.matrix(init: MatrixFeature.() -> Unit): MatrixFeature = MatrixFeature().apply(init).also(::feature)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/shared-resources/ */
@TeamCityDsl
class SharedResources : Modelled {
    private val locks = ArrayList<String>()

    fun readLock(sharedResourceName: String) {
        locks.add(sharedResourceName)
    }

    override fun model() = mapOf("kind" to "sharedResources", "locks" to locks)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/shared-resources.html */
fun BuildFeatures.sharedResources(init: SharedResources.() -> Unit): SharedResources =
    SharedResources().apply(init).also(::feature)
