"""Writes with teamcity-messages the messages that standard input tells as JSON: https://github.com/JetBrains/teamcity-messages"""

import datetime
import io
import json
import sys

from teamcity.messages import TeamcityServiceMessages

output = io.BytesIO()
output.buffer = output
writer = TeamcityServiceMessages(output, encoding="utf-8")
for it in json.load(sys.stdin)["messages"]:
    fields = it["fields"]
    match it["kind"]:
        case "testStarted":
            writer.testStarted(fields["name"], flowId=fields["flowId"])
        case "testStdOut":
            writer.testStdOut(fields["name"], fields["out"], flowId=fields["flowId"])
        case "testFailed":
            writer.testFailed(fields["name"], fields["message"], fields["details"], flowId=fields["flowId"])
        case "testIgnored":
            writer.testIgnored(fields["name"], fields["message"], flowId=fields["flowId"])
        case "testFinished":
            duration = datetime.timedelta(milliseconds=int(fields["duration"]))
            writer.testFinished(fields["name"], duration, flowId=fields["flowId"])
        case "buildProblem":
            writer.buildProblem(fields["description"], fields["identity"])
        case "buildStatus":
            writer.buildStatus(None, fields["text"])
json.dump(output.getvalue().decode(), sys.stdout)
