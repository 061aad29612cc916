RSpec.describe "Anchor"
