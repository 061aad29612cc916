module example.com/buoy

go 1.24.0

tool (
	github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	gotest.tools/gotestsum
)
