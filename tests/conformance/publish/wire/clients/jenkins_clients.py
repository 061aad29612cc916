"""Does with python-jenkins and api4jenkins what standard input tells as JSON.

https://python-jenkins.readthedocs.io, https://api4jenkins.readthedocs.io
"""

import json
import sys

import api4jenkins
import jenkins
from api4jenkins.build import FreeStyleBuild

told = json.load(sys.stdin)
one = jenkins.Jenkins(told["address"], told["user"], told["token"])
other = api4jenkins.Jenkins(told["address"] + "/", auth=(told["user"], told["token"]))
for it in told["acts"]:
    match it["act"]:
        case "read the build":
            one.get_build_info(told["job"], told["number"])
        case "fetch a crumb":
            assert other.crumb
        case "describe the build":
            FreeStyleBuild(other, told["address"] + told["build"]).set_description(it["text"])
