// Command gitlab does with GitLab's own client what standard input tells as JSON:
// https://gitlab.com/gitlab-org/api/client-go
//
// A field that the client has no place for is an error.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	gitlab "gitlab.com/gitlab-org/api/client-go"
)

type act struct {
	Act, Project string
	Note         int64
	Query        map[string]string
	Body         json.RawMessage
}

type told struct {
	Address, Token, Sha string
	Change              int64
	Acts                []act
}

// strict reads JSON into the client's own options.
func strict(text []byte, options any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(options)
}

// query reads parameters of an address into the client's own options.
func query(values map[string]string, options any) error {
	typed := map[string]any{}
	for name, value := range values {
		typed[name] = value
		if number, err := strconv.Atoi(value); err == nil {
			typed[name] = number
		}
	}
	text, err := json.Marshal(typed)
	if err != nil {
		return err
	}
	return strict(text, options)
}

func do(client *gitlab.Client, it act, change int64, sha string) (err error) {
	switch it.Act {
	case "read the notes":
		options := &gitlab.ListMergeRequestNotesOptions{}
		if err = query(it.Query, options); err == nil {
			_, _, err = client.Notes.ListMergeRequestNotes(it.Project, change, options)
		}
	case "write a note":
		options := &gitlab.CreateMergeRequestNoteOptions{}
		if err = strict(it.Body, options); err == nil {
			_, _, err = client.Notes.CreateMergeRequestNote(it.Project, change, options)
		}
	case "change a note":
		options := &gitlab.UpdateMergeRequestNoteOptions{}
		if err = strict(it.Body, options); err == nil {
			_, _, err = client.Notes.UpdateMergeRequestNote(it.Project, change, it.Note, options)
		}
	case "remove a note":
		_, err = client.Notes.DeleteMergeRequestNote(it.Project, change, it.Note)
	case "set a status":
		options := &gitlab.SetCommitStatusOptions{}
		if err = strict(it.Body, options); err == nil {
			_, _, err = client.Commits.SetCommitStatus(it.Project, sha, options)
		}
	case "read the statuses":
		options := &gitlab.GetCommitStatusesOptions{}
		if err = query(it.Query, options); err == nil {
			_, _, err = client.Commits.GetCommitStatuses(it.Project, sha, options)
		}
	case "find the merge request":
		_, _, err = client.Commits.ListMergeRequestsByCommit(it.Project, sha)
	}
	return err
}

func run() error {
	var told told
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		return err
	}
	client, err := gitlab.NewClient(told.Token, gitlab.WithBaseURL(told.Address))
	if err != nil {
		return err
	}
	for _, it := range told.Acts {
		if err := do(client, it, told.Change, told.Sha); err != nil {
			return fmt.Errorf("%s: %w", it.Act, err)
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
