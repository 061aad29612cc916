// Build features of plugins: caches, test reports, pull requests.
package jetbrains.buildServer.configs.kotlin.buildFeatures

import jetbrains.buildServer.configs.kotlin.BuildFeatures
import jetbrains.buildServer.configs.kotlin.Modelled
import jetbrains.buildServer.configs.kotlin.TeamCityDsl

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/build-cache-feature/ */
@TeamCityDsl
class BuildCacheFeature : Modelled {
    var name: String? = null
    var use: Boolean? = null
    var publish: Boolean? = null
    var publishOnlyChanged: Boolean? = null
    var rules: String? = null

    override fun model() =
        mapOf("kind" to "buildCache", "name" to name, "rules" to rules, "use" to use, "publish" to publish)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/build-cache.html */
fun BuildFeatures.buildCache(init: BuildCacheFeature.() -> Unit): BuildCacheFeature =
    BuildCacheFeature().apply(init).also(::feature)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/xml-report/ */
@TeamCityDsl
class XmlReport : Modelled {
    /** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/xml-report/xml-report-type/ */
    enum class XmlReportType { JUNIT, NUNIT, SUREFIRE, TESTNG, TRX, VSTEST, CTEST, GOOGLE_TEST }

    var reportType: XmlReportType? = null
    var rules: String? = null
    var verbose: Boolean? = null

    override fun model() = mapOf("kind" to "xmlReport", "type" to reportType?.name, "rules" to rules)
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/xml-report.html */
fun BuildFeatures.xmlReport(init: XmlReport.() -> Unit): XmlReport = XmlReport().apply(init).also(::feature)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/perfmon/ */
@TeamCityDsl
class Perfmon : Modelled {
    override fun model() = mapOf("kind" to "perfmon")
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/perfmon.html */
fun BuildFeatures.perfmon(init: Perfmon.() -> Unit): Perfmon = Perfmon().apply(init).also(::feature)

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/pull-requests/ */
@TeamCityDsl
class PullRequests : Modelled {
    /** .../buildFeatures/pull-requests/git-hub-role-filter/ */
    enum class GitHubRoleFilter { MEMBER, MEMBER_OR_COLLABORATOR, EVERYBODY }

    /** .../buildFeatures/pull-requests/provider/ */
    @TeamCityDsl
    sealed class Provider {
        /** .../buildFeatures/pull-requests/provider/github/ */
        class Github : Provider() {
            @TeamCityDsl
            sealed class AuthType {
                class VcsRoot : AuthType()
            }

            var serverUrl: String? = null
            var authType: AuthType? = null
            var filterSourceBranch: String? = null
            var filterTargetBranch: String? = null
            var filterAuthorRole: GitHubRoleFilter? = null
            var ignoreDrafts: Boolean? = null

            fun vcsRoot(): AuthType.VcsRoot = AuthType.VcsRoot()
        }

        /** .../buildFeatures/pull-requests/provider/gitlab/ */
        class Gitlab : Provider() {
            @TeamCityDsl
            sealed class AuthType {
                class VcsRoot : AuthType()
            }

            var serverUrl: String? = null
            var authType: AuthType? = null
            var filterSourceBranch: String? = null
            var filterTargetBranch: String? = null
            var ignoreDrafts: Boolean? = null

            fun vcsRoot(): AuthType.VcsRoot = AuthType.VcsRoot()
        }

        /** .../buildFeatures/pull-requests/provider/bitbucket-server/ */
        class BitbucketServer : Provider() {
            @TeamCityDsl
            sealed class AuthType {
                class VcsRoot : AuthType()
            }

            var serverUrl: String? = null
            var authType: AuthType? = null
            var filterSourceBranch: String? = null
            var filterTargetBranch: String? = null
            var usePullRequestBranches: Boolean? = null

            fun vcsRoot(): AuthType.VcsRoot = AuthType.VcsRoot()
        }

        /** .../buildFeatures/pull-requests/provider/bitbucket-cloud/: it has no filter of source branches. */
        class BitbucketCloud : Provider() {
            @TeamCityDsl
            sealed class AuthType {
                class VcsRoot : AuthType()
            }

            var authType: AuthType? = null
            var filterTargetBranch: String? = null

            fun vcsRoot(): AuthType.VcsRoot = AuthType.VcsRoot()
        }

        /** .../buildFeatures/pull-requests/provider/azure-dev-ops/: only tokens, no credentials of the VCS root. */
        class AzureDevOps : Provider() {
            @TeamCityDsl
            sealed class AuthType {
                class Token : AuthType() {
                    var token: String? = null
                }
            }

            var projectUrl: String? = null
            var authType: AuthType? = null
            var filterSourceBranch: String? = null
            var filterTargetBranch: String? = null

            fun token(init: AuthType.Token.() -> Unit = {}): AuthType.Token = AuthType.Token().apply(init)
        }

        internal fun target() = when (this) {
            is Github -> filterTargetBranch
            is Gitlab -> filterTargetBranch
            is BitbucketServer -> filterTargetBranch
            is BitbucketCloud -> filterTargetBranch
            is AzureDevOps -> filterTargetBranch
        }

        internal fun isAuthorized() = when (this) {
            is Github -> authType != null
            is Gitlab -> authType != null
            is BitbucketServer -> authType != null
            is BitbucketCloud -> authType != null
            is AzureDevOps -> (authType as? AzureDevOps.AuthType.Token)?.token != null
        }
    }

    var vcsRootExtId: String? = null
    var provider: Provider? = null

    fun github(init: Provider.Github.() -> Unit = {}): Provider.Github = Provider.Github().apply(init)
    fun gitlab(init: Provider.Gitlab.() -> Unit = {}): Provider.Gitlab = Provider.Gitlab().apply(init)
    fun bitbucketServer(init: Provider.BitbucketServer.() -> Unit = {}) = Provider.BitbucketServer().apply(init)
    fun bitbucketCloud(init: Provider.BitbucketCloud.() -> Unit = {}) = Provider.BitbucketCloud().apply(init)
    fun azureDevOps(init: Provider.AzureDevOps.() -> Unit = {}) = Provider.AzureDevOps().apply(init)

    override fun model() = mapOf(
        "kind" to "pullRequests", "vcsRoot" to vcsRootExtId, "provider" to provider?.javaClass?.simpleName,
        "target" to provider?.target(), "authorized" to provider?.isAuthorized(),
        "role" to (provider as? Provider.Github)?.filterAuthorRole?.name,
    )
}

/** https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/buildFeatures/pull-requests.html */
fun BuildFeatures.pullRequests(init: PullRequests.() -> Unit): PullRequests = PullRequests().apply(init).also(::feature)
