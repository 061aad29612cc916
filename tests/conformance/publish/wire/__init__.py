"""What ci-gen says compared with what maintained clients of the same vendors say, when both do the same."""
