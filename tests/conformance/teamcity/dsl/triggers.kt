// What starts a build: changes and schedules.
package jetbrains.buildServer.configs.kotlin.triggers

import jetbrains.buildServer.configs.kotlin.Modelled
import jetbrains.buildServer.configs.kotlin.TeamCityDsl
import jetbrains.buildServer.configs.kotlin.Triggers

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/vcs-trigger/ */
@TeamCityDsl
class VcsTrigger : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/vcs-trigger/quiet-period-mode/ */
    enum class QuietPeriodMode { DO_NOT_USE, USE_DEFAULT, USE_CUSTOM }

    var branchFilter: String? = null
    var triggerRules: String? = null
    var quietPeriodMode: QuietPeriodMode? = null
    var quietPeriod: Int? = null
    var perCheckinTriggering: Boolean? = null
    var groupCheckinsByCommitter: Boolean? = null
    var watchChangesInDependencies: Boolean? = null
    var enableQueueOptimization: Boolean? = null

    override fun model() = mapOf("kind" to "vcs", "branchFilter" to branchFilter, "triggerRules" to triggerRules)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/vcs.html */
fun Triggers.vcs(init: VcsTrigger.() -> Unit = {}): VcsTrigger = VcsTrigger().apply(init).also(::trigger)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/schedule-trigger/ */
@TeamCityDsl
class ScheduleTrigger : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/schedule-trigger/scheduling-policy/ */
    @TeamCityDsl
    sealed class SchedulingPolicy {
        class Cron : SchedulingPolicy() {
            var seconds: String? = null
            var minutes: String? = null
            var hours: String? = null
            var dayOfMonth: String? = null
            var month: String? = null
            var dayOfWeek: String? = null
            var year: String? = null
            var timezone: String? = null

            internal fun model() = mapOf(
                "seconds" to seconds, "minutes" to minutes, "hours" to hours, "dayOfMonth" to dayOfMonth,
                "month" to month, "dayOfWeek" to dayOfWeek, "year" to year, "timezone" to timezone,
            )
        }

        class Daily : SchedulingPolicy() {
            var hour: Int? = null
            var minute: Int? = null
            var timezone: String? = null
        }
    }

    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/schedule-trigger/trigger-build/ */
    @TeamCityDsl
    sealed class TriggerBuild {
        class Always : TriggerBuild()
        class OnWatchedBuildChange : TriggerBuild()
    }

    var schedulingPolicy: SchedulingPolicy? = null
    var triggerBuild: TriggerBuild? = null
    var branchFilter: String? = null
    var triggerRules: String? = null
    var withPendingChangesOnly: Boolean? = null

    fun cron(init: SchedulingPolicy.Cron.() -> Unit = {}): SchedulingPolicy.Cron = SchedulingPolicy.Cron().apply(init)
    fun daily(init: SchedulingPolicy.Daily.() -> Unit = {}): SchedulingPolicy.Daily = SchedulingPolicy.Daily().apply(init)
    fun always(): TriggerBuild.Always = TriggerBuild.Always()

    override fun model() = mapOf(
        "kind" to "schedule", "cron" to (schedulingPolicy as? SchedulingPolicy.Cron)?.model(),
        "always" to (triggerBuild is TriggerBuild.Always), "branchFilter" to branchFilter,
        "withPendingChangesOnly" to withPendingChangesOnly,
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/triggers/schedule.html */
fun Triggers.schedule(init: ScheduleTrigger.() -> Unit): ScheduleTrigger = ScheduleTrigger().apply(init).also(::trigger)
