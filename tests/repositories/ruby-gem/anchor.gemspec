Gem::Specification.new do |spec|
  spec.name = "anchor"
  spec.required_ruby_version = ">= 3.3"
end
