java { toolchain { languageVersion = JavaLanguageVersion.of(21) } }
dependencies { implementation("org.postgresql:postgresql:42.7.4") }
