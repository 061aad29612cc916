// Runs compiled scripts and prints, as JSON, the project that each registered; a script that throws gives its error.
package jetbrains.buildServer.configs.kotlin

import java.io.File
import java.lang.reflect.InvocationTargetException
import java.net.URLClassLoader

/** Arguments: the folder of classes, the value of the context parameter `pullRequests` or "", then names of classes. */
fun main(arguments: Array<String>) {
    val (folder, provider) = arguments
    val projects = LinkedHashMap<String, Any?>()
    for (name in arguments.drop(2)) {
        Registered.project = null
        version = ""
        DslContext.parameters.clear()
        DslContext.parameters["pullRequestsToken"] = "credentialsJSON:token"
        if (provider.isNotEmpty()) DslContext.parameters["pullRequests"] = provider
        val loader = URLClassLoader(arrayOf(File(folder).toURI().toURL()), Registered::class.java.classLoader)
        projects[name] = try {
            loader.loadClass(name).getConstructor(Array<String>::class.java).newInstance(emptyArray<String>())
            Registered.project?.model() ?: mapOf("error" to "the script registered no project")
        } catch (error: InvocationTargetException) {
            mapOf("error" to generateSequence(error.targetException) { it.cause }.joinToString(", because of ") { "$it" })
        }
    }
    println(json(projects))
}

private fun json(it: Any?): String = when (it) {
    is Map<*, *> -> it.entries.joinToString(",", "{", "}") { (key, value) -> "${json(key)}:${json(value)}" }
    is List<*> -> it.joinToString(",", "[", "]") { json(it) }
    is String -> it.map(::escaped).joinToString("", "\"", "\"")
    else -> it.toString()
}

private fun escaped(it: Char): String = when {
    it == '"' || it == '\\' -> "\\$it"
    it < ' ' || it > '~' -> "\\u%04x".format(it.code)
    else -> it.toString()
}
