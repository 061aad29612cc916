rootProject.name = "rudder"
include("app")
